//! What a fleet breaks on purpose, and the log that tests count calls in.

use serde_json::json;
use trueup_sim::fleet::{FaultAction, FaultSpec};

use super::client::{Client, End};
use super::one;

const POOL: &str = "    pools: { tank: {} }\n    datasets: { tank/data: {} }\n";

fn datasets() -> serde_json::Value {
    json!([[["id", "^", "tank/new"]], {"select": ["id"]}])
}

#[tokio::test]
async fn a_dropped_call_is_done_or_not_as_the_fault_says() {
    let faults = "    faults:
      - { method: pool.dataset.create, nth: 1, do: drop-before }
      - { mutation: 2, do: drop-after }
      - { method: ssh.update, do: { error: { errno: 5, reason: disk on fire } } }
";
    let running = one("25.10.6", &format!("{POOL}{faults}")).await;
    let address = running.address("box").expect("the system");
    for expected in [json!([]), json!([{"id": "tank/new"}])] {
        let mut client = Client::admin(address).await;
        let id = client.send("pool.dataset.create", json!([{"name": "tank/new"}])).await;
        assert_eq!(client.reply(id).await, Err(End::Cut));
        let mut after = Client::admin(address).await;
        assert_eq!(after.result("pool.dataset.query", datasets()).await, expected);
    }
    let mut client = Client::admin(address).await;
    let error = client.error("ssh.update", json!([{}])).await;
    assert_eq!(error["reason"], "[EIO] disk on fire");
    let log = running.calls("box");
    assert_eq!(log.mutations(), ["pool.dataset.create", "pool.dataset.create", "ssh.update"]);
    assert_eq!((log.connections, log.logins, log.count("pool.dataset.query")), (5, 5, 2));
    running.stop().await;
}

#[tokio::test]
async fn a_fault_can_be_added_while_the_system_runs() {
    let running = one("25.10.6", "").await;
    let mut client = Client::admin(running.address("box").expect("the system")).await;
    assert_eq!(client.result("core.ping", json!([])).await, "pong");
    let action = FaultAction::Error { errno: 16, reason: "later".into() };
    let fault = FaultSpec {
        method: Some("core.ping".into()),
        nth: Some(1),
        mutation: None,
        call: None,
        action,
    };
    running.add_fault("box", fault);
    assert_eq!(client.error("core.ping", json!([])).await["errname"], "EBUSY");
    assert_eq!(client.result("core.ping", json!([])).await, "pong");
    running.stop().await;
}
