//! SCRAM: the key is proven on both sides and never sent, and nothing falls back to sending it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use serde_json::{Value, json};
use trueup::truenas_client::{Reason, ScramError};

use super::server::{Answer, Asked, KEY, Server, friendly, welcome};

const SALT: &[u8] = b"sixteen bytes of";
const ROUNDS: u32 = 50_000;
const VERSIONS: &str = r#"["v25.10.5", "v26.0.0"]"#;

/// The server's side of exchanges.
#[derive(Default)]
struct Exchange {
    client_first: String,
    server_first: String,
}

impl Exchange {
    fn first(&mut self, message: &str) -> String {
        self.client_first = message.strip_prefix("n,,").expect("no channel binding").to_owned();
        let (name, nonce) = self.client_first.split_once(",r=").expect("a nonce");
        assert_eq!(name, "n=trueup:1");
        let mut both = STANDARD.decode(nonce).expect("base64");
        assert_eq!(both.len(), 32);
        both.extend([7; 32]);
        let (nonce, salt) = (STANDARD.encode(both), STANDARD.encode(SALT));
        self.server_first = format!("r={nonce},s={salt},i={ROUNDS}");
        self.server_first.clone()
    }

    /// The server's signature, if the client's proof is right for this key.
    fn last(&self, message: &str, secret: &str) -> Option<String> {
        let (without_proof, proof) = message.split_once(",p=").expect("a proof");
        let told = format!("{},{},{without_proof}", self.client_first, self.server_first);
        let mut salted = [0; 64];
        let rounds = NonZeroU32::new(ROUNDS).expect("some");
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        pbkdf2::derive(algorithm, rounds, SALT, secret.as_bytes(), &mut salted);
        let sign = |key: &[u8], text: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key), text).as_ref().to_vec()
        };
        let client_key = sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA512, &client_key);
        let signature = sign(stored_key.as_ref(), told.as_bytes());
        let shown: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let server_key = sign(&salted, b"Server Key");
        (STANDARD.encode(shown) == proof)
            .then(|| format!("v={}", STANDARD.encode(sign(&server_key, told.as_bytes()))))
    }
}

fn scram(step: &str, text: &str, user_info: Value) -> Answer {
    Answer::Result(json!({ "response_type": "SCRAM_RESPONSE", "scram_type": step,
        "rfc_str": text, "user_info": user_info }))
}

/// What every login said.
type Said = Arc<Mutex<Vec<Value>>>;

/// A system of 26.0 that knows a key with this secret and offers these mechanisms; `meddle` may
/// change what it answers.
async fn system(
    secret: &'static str,
    offered: &'static [&'static str],
    meddle: impl Fn(&str, String) -> String + Send + Sync + 'static,
) -> (Server, Said) {
    let said = Said::default();
    let noted = said.clone();
    let exchange = Mutex::new(Exchange::default());
    let server = Server::with_versions(StatusCode::OK, VERSIONS, move |asked: &Asked| {
        if asked.method == "auth.mechanism_choices" {
            return Answer::Result(json!(offered));
        }
        if asked.method != "auth.login_ex" {
            return friendly(asked);
        }
        let data = &asked.params[0];
        noted.lock().expect("no panic").push(data.clone());
        let text = data["rfc_str"].as_str().unwrap_or_default();
        let mut exchange = exchange.lock().expect("no panic");
        match data["scram_type"].as_str() {
            Some("CLIENT_FIRST_MESSAGE") => {
                let step = "SERVER_FIRST_RESPONSE";
                scram(step, &meddle(step, exchange.first(text)), Value::Null)
            }
            Some("CLIENT_FINAL_MESSAGE") => match exchange.last(text, secret) {
                Some(text) => {
                    let step = "SERVER_FINAL_RESPONSE";
                    scram(step, &meddle(step, text), welcome()["user_info"].clone())
                }
                None => Answer::Result(json!({ "response_type": "AUTH_ERR" })),
            },
            _ => friendly(asked),
        }
    })
    .await;
    (server, said)
}

fn secret() -> &'static str {
    KEY.split_once('-').expect("a key").1
}

fn unchanged(_: &str, text: String) -> String {
    text
}

/// Fails the test if the key was said.
fn not_said(said: &Said) {
    let said = json!(*said.lock().expect("no panic")).to_string();
    assert!(!said.contains(secret()) && !said.contains("API_KEY_PLAIN"), "{said}");
}

#[tokio::test]
async fn where_scram_is_offered_the_key_never_crosses_the_wire() {
    let (server, said) = system(secret(), &["API_KEY_PLAIN", "SCRAM"], unchanged).await;
    let session = server.open().await.expect("let in");
    assert_eq!(session.username, "trueup");
    assert!(session.roles.has("SSH_WRITE"));
    assert_eq!((server.times("auth.mechanism_choices"), server.times("auth.login_ex")), (1, 2));
    not_said(&said);
}

#[tokio::test]
async fn a_wrong_key_is_not_sent_after_all() {
    let (server, said) = system("another", &["API_KEY_PLAIN", "SCRAM"], unchanged).await;
    let error = server.open().await.expect_err("refused");
    assert!(matches!(error.reason, Reason::WrongKey { .. }), "{error}");
    // Tried once more, as every refused login; what is offered is asked once.
    assert_eq!((server.times("auth.mechanism_choices"), server.times("auth.login_ex")), (1, 4));
    not_said(&said);
}

#[tokio::test]
async fn who_cannot_prove_to_know_the_key_is_not_believed() {
    let (server, said) = system(secret(), &["SCRAM"], |step, text| match step {
        "SERVER_FINAL_RESPONSE" => format!("v={}", STANDARD.encode([0; 64])),
        _ => text,
    })
    .await;
    let error = server.open().await.expect_err("not believed");
    assert!(matches!(error.reason, Reason::Scram(ScramError::Unproven)), "{error}");
    assert!(error.remedy().contains("has not proven to know the API key"));
    assert_eq!(server.times("system.version_short"), 0);
    not_said(&said);
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_answered() {
    let (server, said) = system(secret(), &["SCRAM"], |step, text| match step {
        "SERVER_FIRST_RESPONSE" => {
            format!("r={},s={},i={ROUNDS}", STANDARD.encode([1; 64]), STANDARD.encode(SALT))
        }
        _ => text,
    })
    .await;
    let error = server.open().await.expect_err("not believed");
    assert!(matches!(error.reason, Reason::Scram(ScramError::OtherNonce)), "{error}");
    assert_eq!(server.times("auth.login_ex"), 1);
    not_said(&said);
}

#[tokio::test]
async fn the_key_is_sent_where_scram_is_not_offered_and_keys_are_taken() {
    let (server, said) = system(secret(), &["API_KEY_PLAIN", "PASSWORD_PLAIN"], unchanged).await;
    server.open().await.expect("let in");
    assert_eq!(server.times("auth.login_ex"), 1);
    assert_eq!(said.lock().expect("no panic")[0]["mechanism"], "API_KEY_PLAIN");
}

#[tokio::test]
async fn the_key_is_not_sent_where_no_keys_are_taken() {
    for offered in [&["PASSWORD_PLAIN"] as &[&str], &[]] {
        let (server, said) = system(secret(), offered, unchanged).await;
        let error = server.open().await.expect_err("refused");
        assert!(
            error.to_string().contains("it takes no API keys; the key was not sent"),
            "{error}"
        );
        assert_eq!(server.times("auth.login_ex"), 0);
        not_said(&said);
    }
}

#[tokio::test]
async fn what_is_offered_is_not_asked_where_that_fails_before_the_login() {
    for versions in [r#"["v25.04.2"]"#, r#"["v25.10.5"]"#] {
        let server = Server::with_versions(StatusCode::OK, versions, friendly).await;
        server.open().await.expect("let in");
        assert_eq!(server.times("auth.mechanism_choices"), 0, "{versions}");
    }
}
