//! Jobs of both styles, over the wire.

use serde_json::{Value, json};

use super::client::Client;
use super::one;

const POOL: &str = "    pools: { tank: {} }
    datasets: { tank/home: {} }
    api_keys: { other: { username: other, roles: [FILESYSTEM_ATTRS_WRITE] } }
";

fn setperm(path: &str) -> Value {
    json!([{"path": path, "mode": "750"}])
}

#[tokio::test]
async fn a_job_answers_with_its_number_or_with_its_result() {
    let running = one("25.10.6", POOL).await;
    let mut client = Client::admin(running.address("box").expect("the system")).await;
    let id = client.result("filesystem.setperm", setperm("/mnt/tank/home")).await;
    assert!(id.is_i64(), "{id}");
    client.result("core.set_options", json!([{"legacy_jobs": false}])).await;
    assert_eq!(client.result("core.job_wait", json!([id])).await, Value::Null);
    assert_eq!(client.result("filesystem.setperm", setperm("/mnt/tank/home")).await, Value::Null);
    let error = client.error("filesystem.setperm", setperm("/mnt/tank/none")).await;
    assert_eq!(error["reason"], "[ENOENT] Path /mnt/tank/none not found");
    let filter = json!([[["method", "=", "filesystem.setperm"]], {"select": ["state"]}]);
    let states = client.result("core.get_jobs", filter).await;
    assert_eq!(states, json!([{"state": "SUCCESS"}, {"state": "SUCCESS"}, {"state": "FAILED"}]));
    running.stop().await;
}

#[tokio::test]
async fn who_is_no_full_administrator_sees_and_hears_of_own_jobs_only() {
    let running = one("25.10.6", POOL).await;
    let address = running.address("box").expect("the system");
    let mut admin = Client::admin(address).await;
    let mut other = Client::connect(address).await;
    other.log_in("other", &address.api_keys["other"]).await;
    other.result("core.subscribe", json!(["core.get_jobs"])).await;
    let theirs = admin.result("filesystem.setperm", setperm("/mnt/tank/home")).await;
    let own = other.result("filesystem.setperm", setperm("/mnt/tank/home")).await;
    other.result("core.job_wait", json!([own])).await;
    let error = other.error("core.job_abort", json!([theirs])).await;
    assert_eq!(error["reason"], "[EPERM] Job is not owned by current session");
    assert_eq!(other.told[0]["params"]["msg"], "added");
    assert!(other.told.iter().all(|event| event["params"]["id"] != theirs), "{:?}", other.told);
    let seen = other.result("core.get_jobs", json!([[["id", "=", theirs]]])).await;
    assert_eq!(seen, json!([]));
    running.stop().await;
}
