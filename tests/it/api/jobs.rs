//! Jobs of both styles.

use serde_json::{Value, json};
use trueup::truenas_client::CallError;
use trueup::truenas_wire::Call;

use super::server::{Answer, Asked, Server, friendly};

const SETPERM: &str = "filesystem.setperm";

/// A system that answers the call of a job with its number, and `looks` with the job.
fn older(
    looks: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    move |asked| match asked.method.as_str() {
        "core.set_options" => Answer::Result(Value::Null),
        SETPERM => Answer::Result(json!(7)),
        "core.get_jobs" => {
            assert_eq!(asked.params, json!([[["id", "=", 7]]]));
            looks(asked)
        }
        _ => friendly(asked),
    }
}

fn job(state: &str, more: Value) -> Answer {
    let mut job = json!({ "id": 7, "state": state, "result": null, "error": null,
        "exc_info": null });
    if let (Some(job), Some(more)) = (job.as_object_mut(), more.as_object()) {
        job.extend(more.clone());
    }
    Answer::Result(json!([job]))
}

async fn run(server: &Server) -> Result<Value, CallError> {
    let writer = server.open().await.expect("let in").writer();
    writer.send(&Call::new(SETPERM, vec![]).job(), vec![]).await
}

#[tokio::test]
async fn a_job_of_the_newer_style_answers_with_its_result() {
    let server = Server::start(|asked| match asked.method.as_str() {
        SETPERM => Answer::Result(json!("done")),
        _ => friendly(asked),
    })
    .await;
    assert_eq!(run(&server).await, Ok(json!("done")));
    assert_eq!(server.times("core.get_jobs"), 0);
}

#[tokio::test]
async fn a_job_of_the_older_style_is_waited_for() {
    let server = Server::start(older(|asked| match asked.nth {
        1 => {
            let news = json!({ "jsonrpc": "2.0", "method": "collection_update", "params": {
                "msg": "changed", "collection": "core.get_jobs", "id": 7, "fields": {} } });
            let running = json!([{ "id": 7, "state": "RUNNING" }]);
            Answer::After(vec![news], running)
        }
        _ => job("SUCCESS", json!({ "result": true })),
    }))
    .await;
    assert_eq!(run(&server).await, Ok(json!(true)));
    assert_eq!((server.times("core.subscribe"), server.times("core.get_jobs")), (1, 2));
}

#[tokio::test]
async fn a_failed_job_is_looked_at_again_until_it_says_why() {
    let error = "[ENOENT] Path /mnt/x not found";
    let server = Server::start(older(move |asked| match asked.nth {
        1 => job("FAILED", json!({ "error": error })),
        _ => {
            let info = json!({ "type": "CallError", "errno": 2, "extra": null });
            job("FAILED", json!({ "error": error, "exc_info": info }))
        }
    }))
    .await;
    match run(&server).await {
        Err(CallError::Refused { fault, .. }) => assert!(fault.is_missing(), "{fault:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_aborted_job_is_refused() {
    let server = Server::start(older(|_| job("ABORTED", json!({})))).await;
    assert!(matches!(run(&server).await, Err(CallError::Refused { .. })));
}

#[tokio::test]
async fn a_job_whose_connection_is_lost_or_that_is_forgotten_has_an_unknown_outcome() {
    let losses: [fn(&Asked) -> Answer; 2] = [|_| Answer::Cut, |_| Answer::Result(json!([]))];
    for loss in losses {
        let server = Server::start(older(loss)).await;
        let result = run(&server).await;
        assert!(matches!(result, Err(CallError::Lost { .. })), "{result:?}");
        assert_eq!(server.times(SETPERM), 1);
    }
}
