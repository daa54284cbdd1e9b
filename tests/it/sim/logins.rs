//! Every answer that a login can get.

use serde_json::{Value, json};

use super::client::Client;
use super::one;

const ACCOUNTS: &str = r#"
    users:
      plain: { password: secret }
      careful: { password: secret, otp_token: "123456" }
      nobody: {}
    api_keys:
      old: { username: plain, roles: [READONLY_ADMIN], key: 7-old, expires_at: 1000 }
      revoked: { username: plain, roles: [READONLY_ADMIN], key: 8-gone, expires_at: -1 }
      careful: { username: careful, roles: [READONLY_ADMIN], key: 9-careful }
      nobody: { username: nobody, key: 10-nobody }
"#;

fn password(username: &str, password: &str) -> Value {
    json!({"mechanism": "PASSWORD_PLAIN", "username": username, "password": password})
}

fn second_factor(token: &str) -> Value {
    json!({"mechanism": "OTP_TOKEN", "otp_token": token})
}

#[tokio::test]
async fn keys_expire_are_revoked_and_belong_to_who_may_use_the_api() {
    for (release, revoked, denied) in
        [("25.10.6", "EXPIRED", "AUTH_ERR"), ("26.0.0", "AUTH_ERR", "DENIED")]
    {
        let running = one(release, ACCOUNTS).await;
        let mut client = Client::connect(running.address("box").expect("the system")).await;
        for (username, key, told) in [
            ("plain", "7-old", "EXPIRED"),
            ("plain", "8-gone", revoked),
            ("nobody", "10-nobody", denied),
            ("careful", "9-careful", "SUCCESS"),
        ] {
            let reply = client.log_in(username, key).await;
            assert_eq!(reply["response_type"], told, "{release} {key}");
        }
        running.stop().await;
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_password() {
    for (release, after_a_wrong_one) in [("25.10.6", "OTP_REQUIRED"), ("26.0.0", "AUTH_ERR")] {
        let running = one(release, ACCOUNTS).await;
        let mut client = Client::connect(running.address("box").expect("the system")).await;
        let reply = client.login_ex(password("plain", "secret")).await;
        assert_eq!(reply["response_type"], "SUCCESS");
        client.result("auth.logout", json!([])).await;
        let asked = json!({"response_type": "OTP_REQUIRED", "username": "careful"});
        assert_eq!(client.login_ex(password("careful", "secret")).await, asked);
        let reply = client.login_ex(second_factor("000000")).await;
        assert_eq!(reply["response_type"], after_a_wrong_one, "{release}");
        client.login_ex(password("careful", "secret")).await;
        let reply = client.login_ex(second_factor("123456")).await;
        assert_eq!(reply["response_type"], "SUCCESS");
        assert!(
            reply["user_info"]["account_attributes"]
                .as_array()
                .expect("a list")
                .contains(&json!("2FA"))
        );
        running.stop().await;
    }
}

#[tokio::test]
async fn a_standby_node_sends_elsewhere() {
    let failover = "    failover: { status: BACKUP, urls: ['https://10.0.0.2'] }\n";
    let running = one("25.10.6", failover).await;
    let address = running.address("box").expect("the system");
    let reply = Client::connect(address).await.log_in("truenas_admin", &address.api_key).await;
    assert_eq!(reply, json!({"response_type": "REDIRECT", "urls": ["https://10.0.0.2"]}));
    running.stop().await;
}

#[tokio::test]
async fn a_token_for_one_use_logs_in_once() {
    let running = one("25.10.6", "").await;
    let address = running.address("box").expect("the system");
    let mut admin = Client::admin(address).await;
    let token = admin.result("auth.generate_token", json!([600, {}, true, true])).await;
    let mut other = Client::connect(address).await;
    let data = json!({"mechanism": "TOKEN_PLAIN", "token": token});
    assert_eq!(other.login_ex(data.clone()).await["response_type"], "SUCCESS");
    assert_eq!(other.result("auth.me", json!([])).await["pw_name"], "truenas_admin");
    let mut third = Client::connect(address).await;
    assert_eq!(third.login_ex(data).await["response_type"], "AUTH_ERR");
    running.stop().await;
}
