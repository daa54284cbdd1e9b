//! Logging in by SCRAM-SHA-512, as a client does that shares no code with the one under test.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use serde_json::{Value, json};
use trueup_sim::ready::Address;

use super::client::Client;
use super::one;

const FLEET: &str = r#"
    api_key: 1-admin
    api_keys:
      viewer: { username: viewer, roles: [READONLY_ADMIN], key: 2-viewer }
      old: { username: viewer, key: 3-old, expires_at: 1000 }
      revoked: { username: viewer, key: 4-gone, expires_at: -1 }
      nobody: { username: nobody, key: 5-nobody }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
"#;
const BOUND: &str = "p=tls-server-end-point";

/// One side of an exchange, and what may be wrong with it.
struct Attempt<'a> {
    header: &'a str,
    binding: &'a [u8],
    principal: &'a str,
    secret: &'a str,
    nonce: &'a [u8],
}

const GOOD: Attempt<'_> =
    Attempt { header: "n", binding: b"", principal: "viewer:2", secret: "viewer", nonce: &[7; 32] };

impl Attempt<'_> {
    fn bare(&self) -> String {
        format!("n={},r={}", self.principal, STANDARD.encode(self.nonce))
    }

    /// The reply to the first message.
    async fn begin(&self, client: &mut Client) -> Value {
        scram(client, "CLIENT_FIRST_MESSAGE", &format!("{},,{}", self.header, self.bare())).await
    }

    /// The final message to a server's first one, and the signature that is expected then.
    fn end(&self, first: &Value) -> (String, String) {
        let text = first["rfc_str"].as_str().unwrap_or_else(|| panic!("no challenge: {first}"));
        let [nonce, salt, rounds] = text.splitn(3, ',').collect::<Vec<_>>()[..] else {
            panic!("not three attributes: {text}");
        };
        let decode = |text: &str, name| {
            STANDARD.decode(text.strip_prefix(name).expect("an attribute")).expect("base64")
        };
        let both = decode(nonce, "r=");
        assert!(both.starts_with(self.nonce) && both.len() == 64, "{text}");
        let salt = decode(salt, "s=");
        assert_eq!((salt.len(), rounds), (16, "i=50000"));
        let mut salted = [0; 64];
        let rounds = NonZeroU32::new(50_000).expect("a number");
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA512,
            rounds,
            &salt,
            self.secret.as_bytes(),
            &mut salted,
        );
        let client = sign(&salted, "Client Key");
        let stored = digest::digest(&digest::SHA512, &client);
        let header = [self.header.as_bytes(), b",,", self.binding].concat();
        let without_proof = format!("c={},{nonce}", STANDARD.encode(header));
        let messages = format!("{},{text},{without_proof}", self.bare());
        let signature = sign(stored.as_ref(), &messages);
        let proof: Vec<u8> = client.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let expected = sign(&sign(&salted, "Server Key"), &messages);
        let last = format!("{without_proof},p={}", STANDARD.encode(proof));
        (last, format!("v={}", STANDARD.encode(expected)))
    }

    /// The whole exchange: the last reply.
    async fn run(&self, client: &mut Client) -> Value {
        let first = self.begin(client).await;
        if first["response_type"] != "SCRAM_RESPONSE" {
            return first;
        }
        let (last, signature) = self.end(&first);
        let reply = scram(client, "CLIENT_FINAL_MESSAGE", &last).await;
        if reply["response_type"] == "SCRAM_RESPONSE" {
            assert_eq!(reply["rfc_str"], signature, "the server does not know the key");
        }
        reply
    }
}

fn sign(key: &[u8], data: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA512, key);
    hmac::sign(&key, data.as_bytes()).as_ref().to_vec()
}

fn message(kind: &str, text: &str) -> Value {
    json!([{"mechanism": "SCRAM", "scram_type": kind, "rfc_str": text}])
}

async fn scram(client: &mut Client, kind: &str, text: &str) -> Value {
    client.result("auth.login_ex", message(kind, text)).await
}

fn certificate(address: &Address) -> Vec<u8> {
    let byte = |text| u8::from_str_radix(text, 16).expect("a byte");
    address.tls_sha256.split(':').map(byte).collect()
}

fn refused() -> Value {
    json!({"response_type": "AUTH_ERR"})
}

#[tokio::test]
async fn who_proves_the_key_is_in_and_the_server_proves_it_too() {
    let running = one("26.0.0", FLEET).await;
    let address = running.address("box").expect("the system");
    let mut client = Client::connect(address).await;
    assert_eq!(
        client.result("auth.mechanism_choices", json!([])).await,
        json!(["API_KEY_PLAIN", "TOKEN_PLAIN", "PASSWORD_PLAIN", "SCRAM"])
    );
    let first = GOOD.begin(&mut client).await;
    assert_eq!(first["scram_type"], "SERVER_FIRST_RESPONSE");
    assert_eq!(first["user_info"], Value::Null);
    let (last, signature) = GOOD.end(&first);
    let mut reply = scram(&mut client, "CLIENT_FINAL_MESSAGE", &last).await;
    let user = reply["user_info"].take();
    let expected = json!({
        "response_type": "SCRAM_RESPONSE",
        "scram_type": "SERVER_FINAL_RESPONSE",
        "rfc_str": signature,
        "user_info": null,
    });
    assert_eq!(reply, expected);
    assert_eq!(user["pw_name"], "viewer");
    assert_eq!(user["account_attributes"], json!(["LOCAL", "API_KEY", "API_KEY", "SCRAM"]));
    assert_eq!(client.result("auth.me", json!([])).await["pw_name"], "viewer");
    let mut admin = Client::admin(address).await;
    let sessions = admin.result("auth.sessions", json!([[["current", "=", false]]])).await;
    assert_eq!(sessions[0]["credentials"], "API_KEY");
    assert_eq!(sessions[0]["credentials_data"]["api_key"], json!({"id": 2, "name": "viewer"}));
    running.stop().await;
}

#[tokio::test]
async fn a_login_may_be_bound_to_the_certificate_and_only_to_this_one() {
    let running = one("26.0.0", FLEET).await;
    let address = running.address("box").expect("the system");
    let own = certificate(address);
    for (header, binding, accepted) in [
        (BOUND, &own[..], true),
        ("y", b"", true),
        (BOUND, &[0; 32], false),
        (BOUND, b"", false),
        ("p=tls-exporter", &own, false),
        ("n", &own, false),
    ] {
        let mut client = Client::connect(address).await;
        let reply = Attempt { header, binding, ..GOOD }.run(&mut client).await;
        assert_eq!(reply["response_type"] == "SCRAM_RESPONSE", accepted, "{header} {reply}");
    }
    // The proof fits, but the first message said something else.
    let mut client = Client::connect(address).await;
    let first = GOOD.begin(&mut client).await;
    let (last, _) = Attempt { header: BOUND, binding: &own, ..GOOD }.end(&first);
    assert_eq!(scram(&mut client, "CLIENT_FINAL_MESSAGE", &last).await, refused());
    running.stop().await;
}

#[tokio::test]
async fn a_first_message_that_names_no_usable_key_is_refused_at_once() {
    let running = one("26.0.0", FLEET).await;
    let mut client = Client::connect(running.address("box").expect("the system")).await;
    for (principal, nonce) in [
        ("viewer:9", &[7; 32][..]),
        ("viewer:1", &[7; 32]),
        ("viewer:3", &[7; 32]),
        ("viewer:4", &[7; 32]),
        ("viewer", &[7; 32]),
        ("nobodyhere:2", &[7; 32]),
        ("viewer:2", &[7; 18]),
    ] {
        let reply = Attempt { principal, nonce, ..GOOD }.begin(&mut client).await;
        assert_eq!(reply, refused(), "{principal}");
    }
    assert_eq!(scram(&mut client, "CLIENT_FIRST_MESSAGE", "nonsense").await, refused());
    // Whoever was refused may begin anew on the same connection.
    assert_eq!(GOOD.run(&mut client).await["scram_type"], "SERVER_FINAL_RESPONSE");
    running.stop().await;
}

#[tokio::test]
async fn a_proof_that_is_wrong_changed_missing_or_another_exchange_s_is_refused() {
    let running = one("26.0.0", FLEET).await;
    let mut client = Client::connect(running.address("box").expect("the system")).await;
    let wrong = Attempt { secret: "wrong", ..GOOD }.run(&mut client).await;
    assert_eq!(wrong, refused());
    let (earlier, _) = GOOD.end(&GOOD.begin(&mut client).await);
    for spoil in [
        |last: &str| last.split(",p=").next().expect("no proof").to_owned(),
        |last: &str| format!("{},p={}", &last[..last.find(",p=").expect("a proof")], "AAAA"),
        |last: &str| format!("{last},x=1"),
        |last: &str| {
            let (start, proof) = last.split_once(",p=").expect("a proof");
            let mut proof = STANDARD.decode(proof).expect("base64");
            proof[0] ^= 1;
            format!("{start},p={}", STANDARD.encode(proof))
        },
    ] {
        let first = GOOD.begin(&mut client).await;
        let last = spoil(&GOOD.end(&first).0);
        assert_eq!(scram(&mut client, "CLIENT_FINAL_MESSAGE", &last).await, refused(), "{last}");
    }
    GOOD.begin(&mut client).await;
    assert_eq!(scram(&mut client, "CLIENT_FINAL_MESSAGE", &earlier).await, refused());
    assert_eq!(GOOD.run(&mut client).await["scram_type"], "SERVER_FINAL_RESPONSE");
    running.stop().await;
}

#[tokio::test]
async fn a_final_message_needs_a_first_one() {
    let running = one("26.0.0", FLEET).await;
    let mut client = Client::connect(running.address("box").expect("the system")).await;
    let last = message("CLIENT_FINAL_MESSAGE", "c=biws,r=AAAA,p=AAAA");
    let told = |error: Value| json!([error["errname"], error["reason"]]);
    let error = client.error("auth.login_ex", last.clone()).await;
    assert_eq!(told(error), json!(["EINVAL", "pam handle was not initialized"]));
    let not_in_progress = json!(["EFAULT", "[EFAULT] SCRAM authentication is not in progress"]);
    // Another mechanism ends the exchange.
    GOOD.begin(&mut client).await;
    client.log_in("viewer", "2-wrong").await;
    let error = client.error("auth.login_ex", last.clone()).await;
    assert_eq!(told(error), not_in_progress);
    // A challenge is good for one answer.
    GOOD.begin(&mut client).await;
    assert_eq!(client.result("auth.login_ex", last.clone()).await, refused());
    assert_eq!(told(client.error("auth.login_ex", last.clone()).await), not_in_progress);
    assert_eq!(GOOD.run(&mut client).await["scram_type"], "SERVER_FINAL_RESPONSE");
    let error = client.error("auth.login_ex", last).await;
    assert_eq!(told(error), json!(["EINVAL", "pam handle was not initialized"]));
    running.stop().await;
}

#[tokio::test]
async fn what_the_request_itself_may_be_is_checked() {
    let running = one("26.0.0", FLEET).await;
    let mut client = Client::connect(running.address("box").expect("the system")).await;
    let mut options = message("CLIENT_FIRST_MESSAGE", "n,,n=viewer:2,r=AAAA");
    options[0]["login_options"] = json!({"user_info": false});
    let error = client.error("auth.login_ex", options).await;
    assert_eq!(
        error["reason"],
        "[EINVAL] login_data.SCRAM.login_options: Extra inputs are not permitted\n"
    );
    let error = client.error("auth.login_ex", message("SERVER_FIRST_RESPONSE", "")).await;
    assert_eq!(
        error["reason"],
        "[EINVAL] login_data.SCRAM.scram_type: Input should be 'CLIENT_FIRST_MESSAGE' or \
         'CLIENT_FINAL_MESSAGE'\n"
    );
    // The account proves its key and may not use the API.
    let nobody = Attempt { principal: "nobody:5", secret: "nobody", ..GOOD };
    let (last, _) = nobody.end(&nobody.begin(&mut client).await);
    let error = client.error("auth.login_ex", message("CLIENT_FINAL_MESSAGE", &last)).await;
    assert_eq!(error["reason"], "'NoneType' object is not subscriptable");
    running.stop().await;
}

#[tokio::test]
async fn the_releases_before_26_0_know_no_scram() {
    let fleet = FLEET.replace(", scram_iterations: 50000", "");
    let running = one("25.10.6", &fleet).await;
    let mut client = Client::connect(running.address("box").expect("the system")).await;
    let error = client.error("auth.login_ex", message("CLIENT_FIRST_MESSAGE", "")).await;
    assert_eq!(error["errname"], "EINVAL");
    running.stop().await;
}
