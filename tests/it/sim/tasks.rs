//! Replication tasks that run: over a real connection, as jobs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trueup_sim::Running;

use super::client::Client;
use super::one;

const FLEET: &str = "    pools: { tank: {} }
    datasets: { tank/data: {}, tank/home: {}, tank/disk: { type: VOLUME } }
    ssh: { running: true }
    api_keys:
      reader: { username: reader, roles: [REPLICATION_TASK_READ] }
      writer: { username: writer, roles: [REPLICATION_TASK_WRITE] }
";

/// A system with an account `link`, a connection to it, and a client that waits for jobs.
pub(super) async fn connected(release: &str) -> (Running, Client, i64) {
    let running = one(release, FLEET).await;
    let address = running.address("box").expect("the system");
    let mut client = Client::admin(address).await;
    if release != "25.04.2.6" {
        client.result("core.set_options", json!([{"legacy_jobs": false}])).await;
    }
    let pair = client.result("keychaincredential.generate_ssh_key_pair", json!([])).await;
    let user = json!([{
        "username": "link", "full_name": "link", "group_create": true, "password_disabled": true,
        "smb": false, "home": "/mnt/tank/home", "shell": "/usr/bin/bash",
        "sshpubkey": pair["public_key"],
    }]);
    client.result("user.create", user).await;
    let create = json!([{"name": "pair", "type": "SSH_KEY_PAIR", "attributes": pair}]);
    let pair = client.result("keychaincredential.create", create).await["id"].clone();
    let config = client.result("ssh.config", json!([])).await;
    let column = config["host_ed25519_key_pub"].as_str().expect("a host key").to_owned();
    let host_key = String::from_utf8(STANDARD.decode(column).expect("base64")).expect("text");
    let create = json!([{"name": "link", "type": "SSH_CREDENTIALS", "attributes": {
        "host": "127.0.0.1", "port": address.ssh_port, "username": "link",
        "private_key": pair, "remote_host_key": host_key,
    }}]);
    let connection = client.result("keychaincredential.create", create).await["id"].clone();
    (running, client, connection.as_i64().expect("a number"))
}

/// A push of everything to `tank/copy`, run by hand, with other fields.
fn push(connection: i64, other: Value) -> Value {
    let mut task = json!({
        "name": "push", "direction": "PUSH", "transport": "SSH", "ssh_credentials": connection,
        "source_datasets": ["tank/data"], "target_dataset": "tank/copy", "recursive": true,
        "name_regex": ".*", "auto": false, "retention_policy": "NONE",
    });
    for (name, value) in other.as_object().cloned().unwrap_or_default() {
        task[name] = value;
    }
    json!([task])
}

async fn state(client: &mut Client, id: &Value) -> Value {
    client.result("replication.get_instance", json!([id])).await["state"].take()
}

#[tokio::test]
async fn a_task_that_reaches_the_other_side_finishes() {
    for release in ["25.10.6", "26.0.0"] {
        let (running, mut client, connection) = connected(release).await;
        let made = client.result("replication.create", push(connection, json!({}))).await;
        let id = &made["id"];
        assert_eq!(made["state"], json!({"state": "PENDING"}));
        client.result("core.subscribe", json!(["replication.query"])).await;
        assert_eq!(client.result("replication.run", json!([id])).await, Value::Null);
        assert_eq!(state(&mut client, id).await["state"], "FINISHED", "{release}");
        let told = client.told.iter().filter(|told| told["params"]["msg"] == "changed");
        let states: Vec<&Value> =
            told.map(|told| &told["params"]["fields"]["state"]["state"]).collect();
        assert_eq!(states, ["RUNNING", "FINISHED"], "{release}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_task_that_fails_says_why_and_remembers_it() {
    let (running, mut client, connection) = connected("25.10.6").await;
    let sudo = "sudo: a terminal is required to read the password; either use the -S option to read \
                from standard input or configure an askpass helper\nsudo: a password is required.";
    for (number, (other, told)) in [
        (json!({"sudo": true}), sudo),
        (
            json!({"target_dataset": "tank/disk"}),
            "Source 'tank/data' is a filesystem, but target 'tank/disk' already exists and is a volume.",
        ),
        (json!({"source_datasets": ["tank/none"]}), "cannot open 'tank/none': dataset does not exist."),
    ]
    .into_iter()
    .enumerate()
    {
        let mut task = push(connection, other);
        task[0]["name"] = json!(format!("task {number}"));
        let id = client.result("replication.create", task).await["id"].clone();
        let error = client.error("replication.run", json!([id])).await;
        let reason = error["reason"].as_str().expect("a reason");
        assert!(reason.starts_with(&format!("[EFAULT] {told}")), "{reason}");
        let state = state(&mut client, &id).await;
        assert_eq!(state["state"], "ERROR");
        assert!(state["error"].as_str().expect("a text").starts_with(told), "{state}");
    }
    // The account may run it with sudo now.
    let link = json!([[["username", "=", "link"]], {"get": true}]);
    let link = client.result("user.query", link).await["id"].clone();
    let change = json!([link, {"sudo_commands_nopasswd": ["/usr/sbin/zfs"]}]);
    client.result("user.update", change).await;
    assert_eq!(client.result("replication.run", json!([1])).await, Value::Null);
    assert_eq!(state(&mut client, &json!(1)).await["state"], "FINISHED");
    running.stop().await;
}

#[tokio::test]
async fn what_keeps_a_task_from_running_is_told() {
    for (release, disabled) in [("25.10.6", Some("[EFAULT] Task is not enabled")), ("26.0.0", None)]
    {
        let (running, mut client, connection) = connected(release).await;
        let task = push(connection, json!({"enabled": false}));
        let id = client.result("replication.create", task).await["id"].clone();
        let reply = client.call("replication.run", json!([id])).await;
        assert_eq!(reply["error"]["data"]["reason"].as_str(), disabled, "{release}");
        client.result("keychaincredential.delete", json!([connection, {"cascade": true}])).await;
        running.with_system("box", |system| {
            let task = system.tasks.replications.get_mut(1).expect("the task");
            task.fields.insert("enabled".into(), true.into());
        });
        let error = client.error("replication.run", json!([id])).await;
        assert_eq!(error["reason"], "[EFAULT] Task is on hold");
        let reason = state(&mut client, &id).await["reason"].take();
        assert_eq!(reason, "You should pass SSH credentials for SSH transport.");
        let error = client.error("replication.run", json!([9])).await;
        assert_eq!(error["reason"], "[ENOENT] None: Replication 9 does not exist");
        let mut reader = Client::connect(running.address("box").expect("the system")).await;
        reader.log_in("reader", &running.address("box").expect("it").api_keys["reader"]).await;
        assert_eq!(reader.result("replication.query", json!([[], {"count": true}])).await, 1);
        let error = reader.error("replication.run", json!([id])).await;
        assert_eq!(error["reason"], "[EACCES] Not authorized");
        running.stop().await;
    }
}
