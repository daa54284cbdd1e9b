//! Reads and writes over a session.

use std::time::Duration;

use serde_json::{Value, json};
use trueup::truenas_client::{CallError, Options};
use trueup::truenas_wire::{Call, Read, ReadError, ReadMethod};

use super::server::{Answer, Asked, Server, friendly, hasty, refusal};

const CREATE: &str = "pool.dataset.create";

/// A script that is friendly but for one method.
fn but(
    method: &'static str,
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    move |asked| if asked.method == method { answer(asked) } else { friendly(asked) }
}

fn about(path: impl Into<String>) -> Read {
    Read::call(ReadMethod::PoolQuery, vec![json!(path.into())])
}

fn create() -> Call {
    Call::new(CREATE, vec![])
}

async fn write(server: &Server, call: &Call, params: Vec<Value>) -> Result<Value, CallError> {
    server.open().await.expect("let in").writer().send(call, params).await
}

#[tokio::test]
async fn replies_find_their_calls_in_any_order_and_eighteen_run_at_once() {
    let server =
        Server::start(but("pool.query", |asked| Answer::HeldUntil(18, asked.params[0].clone())))
            .await;
    let reader = server.open().await.expect("let in").reader();
    let reads: Vec<Read> = (0..36).map(|number| about(format!("/mnt/{number}"))).collect();
    let replies = reader.read_all(reads.clone()).await;
    for read in &reads {
        assert_eq!(replies.get(read), Ok(&read.params()[0]));
    }
    assert_eq!(server.most_waiting(), 18);
}

#[tokio::test]
async fn reads_of_one_shape_are_one_request() {
    let server = Server::start(but("pool.dataset.query", |asked| {
        let keys = asked.params[0][0][2].as_array().cloned().unwrap_or_default();
        Answer::Result(keys.into_iter().map(|key| json!({ "id": key })).collect())
    }))
    .await;
    let reader = server.open().await.expect("let in").reader();
    let dataset =
        |id: &str| Read::entries(ReadMethod::PoolDatasetQuery, "id", [id], json!({ "extra": {} }));
    let replies = reader.read_all((0..200).map(|number| dataset(&format!("tank/{number}")))).await;
    let found = replies.entry(&dataset("tank/7"), "id", "tank/7");
    assert_eq!(found, Ok(Some(&json!({ "id": "tank/7" }))));
    assert_eq!(server.times("pool.dataset.query"), 1);
}

#[tokio::test]
async fn replies_are_plain_json() {
    let server = Server::start(but("pool.query", |_| {
        Answer::Result(json!([{ "scan": { "$date": 0 }, "names": { "$set": ["b", "a"] } }]))
    }))
    .await;
    let reader = server.open().await.expect("let in").reader();
    let reply = reader.read(&Read::call(ReadMethod::PoolQuery, vec![])).await;
    assert_eq!(reply, Ok(json!([{ "scan": "1970-01-01T00:00:00Z", "names": ["a", "b"] }])));
}

#[tokio::test]
async fn a_read_says_why_there_is_nothing() {
    let server = Server::start(but("pool.query", |asked| match asked.params[0].as_str() {
        Some("/secret") => refusal(13, "EACCES", "Not authorized"),
        Some("/gone") => refusal(2, "ENOENT", "Path /gone not found"),
        _ => refusal(14, "EFAULT", "no"),
    }))
    .await;
    let reader = server.open().await.expect("let in").reader();
    assert_eq!(reader.read(&about("/secret")).await, Err(ReadError::Denied));
    let gone = ReadError::Missing("Path /gone not found".into());
    assert_eq!(reader.read(&about("/gone")).await, Err(gone));
    assert_eq!(reader.read(&about("/x")).await, Err(ReadError::Failed("no".into())));
}

#[tokio::test]
async fn a_read_that_lost_its_connection_is_sent_again_once() {
    let server = Server::start(but("pool.query", |asked| match asked.socket {
        1 => Answer::Cut,
        _ => Answer::Result(asked.params[0].clone()),
    }))
    .await;
    let reader = server.open().await.expect("let in").reader();
    let reads = [about("/a"), about("/b"), about("/c")];
    let replies = reader.read_all(reads.clone()).await;
    for read in &reads {
        assert_eq!(replies.get(read), Ok(&read.params()[0]));
    }
    assert_eq!(server.times("auth.login_ex"), 2);

    let server = Server::start(but("pool.query", |_| Answer::Cut)).await;
    let reader = server.open().await.expect("let in").reader();
    let closed = ReadError::Failed("`pool.query`: boston closed the connection".into());
    assert_eq!(reader.read(&about("/a")).await, Err(closed));
    assert_eq!(server.times("pool.query"), 2);
}

#[tokio::test]
async fn a_read_on_top_of_too_many_calls_is_sent_again() {
    let server = Server::start(but("pool.query", |asked| match asked.nth {
        1 | 2 => Answer::Error(json!({ "code": -32000,
            "message": "Maximum number of concurrent calls (20) has exceeded" })),
        _ => Answer::Result(json!(1)),
    }))
    .await;
    let reader = server.open().await.expect("let in").reader();
    assert_eq!(reader.read(&about("/a")).await, Ok(json!(1)));
}

#[tokio::test]
async fn a_write_that_lost_its_connection_is_never_sent_again() {
    let losses: [fn(&Asked) -> Answer; 3] =
        [|_| Answer::Cut, |_| Answer::Close(1001, "going away"), |_| Answer::Raw("no JSON".into())];
    for loss in losses {
        let server = Server::start(but(CREATE, loss)).await;
        let error = write(&server, &create(), vec![]).await.expect_err("lost");
        assert!(matches!(error, CallError::Lost { .. }), "{error}");
        assert!(!error.outcome_is_known());
        assert_eq!(server.times(CREATE), 1);
    }
}

#[tokio::test]
async fn a_write_that_is_not_answered_in_time_is_lost() {
    let server = Server::start(but(CREATE, |_| Answer::Nothing)).await;
    let options = Options { call_timeout: Duration::from_secs(1), ..hasty() };
    let writer = server.open_with(&options).await.expect("let in").writer();
    let error = writer.send(&create(), vec![]).await.expect_err("no answer");
    assert_eq!(
        error.to_string(),
        format!("`{CREATE}` may or may not have been carried out: no answer within 1s")
    );
    // The connection is as good as before.
    let fine = writer.send(&Call::new("ssh.update", vec![]), vec![]).await;
    assert_eq!((fine, server.times("auth.login_ex")), (Ok(Value::Null), 1));
}

#[tokio::test]
async fn a_write_after_the_connection_was_lost_goes_over_a_new_one() {
    let server = Server::start(but(CREATE, |_| Answer::Cut)).await;
    let session = server.open().await.expect("let in");
    session.writer().send(&create(), vec![]).await.expect_err("lost");
    let update = Call::new("ssh.update", vec![]);
    assert_eq!(session.writer().send(&update, vec![]).await, Ok(Value::Null));
    assert_eq!((server.times("auth.login_ex"), server.times("ssh.update")), (2, 1));
}

#[tokio::test]
async fn a_refused_write_says_what_is_wrong() {
    let server = Server::start(but(CREATE, |_| {
        Answer::Error(json!({ "code": -32602, "message": "Invalid params", "data": {
            "error": 22, "errname": "EINVAL", "reason": "[EINVAL] …", "trace": { "repr": "secret trace" },
            "extra": [["data.PoolDatasetCreateFilesystem.name", "Field required", 22],
                      ["data.PoolDatasetCreateVolume.name", "Field required", 22],
                      ["data.PoolDatasetCreateVolume.volsize", "Field required", 22]] } }))
    }))
    .await;
    let error = write(&server, &create(), vec![]).await.expect_err("refused");
    assert_eq!(error.to_string(), format!("`{CREATE}` was refused: `data.name`: Field required"));
    assert!(error.outcome_is_known());
    assert!(!format!("{error:?}").contains("secret trace"));
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_sent() {
    let server = Server::start(friendly).await;
    let error = write(&server, &create(), vec![json!("x".repeat(66_000))]).await;
    assert!(matches!(error, Err(CallError::TooLarge { bytes, .. }) if bytes > 66_000));
    assert_eq!(server.times(CREATE), 0);
}

#[tokio::test]
async fn a_call_that_must_return_true_fails_otherwise() {
    let control = Call::new("service.control", vec![]).job().must_return_true();
    for (returned, good) in [(json!(true), true), (json!(false), false), (Value::Null, false)] {
        let server = Server::start({
            let returned = returned.clone();
            but("service.control", move |_| Answer::Result(returned.clone()))
        })
        .await;
        let result = write(&server, &control, vec![]).await;
        match good {
            true => assert_eq!(result, Ok(json!(true))),
            false => assert!(matches!(result, Err(CallError::NotDone { .. })), "{returned}"),
        }
    }
}

#[tokio::test]
async fn of_a_failed_start_only_the_lines_about_the_configuration_are_told() {
    let server = Server::start(but("service.control", |_| {
        let journal = "Accepted publickey for alice\n/etc/ssh/sshd_config line 4: Bad option\nx";
        refusal(14, "EFAULT", journal)
    }))
    .await;
    let control = Call::new("service.control", vec![]).job();
    let error = write(&server, &control, vec![]).await.expect_err("refused");
    assert!(error.to_string().ends_with(": /etc/ssh/sshd_config line 4: Bad option"), "{error}");
    assert!(!format!("{error:?}").contains("alice"));
}

#[tokio::test]
async fn an_idle_connection_is_kept_and_closed_properly_in_the_end() {
    let server = Server::start(friendly).await;
    let options = Options { keep_alive: Duration::from_millis(10), ..hasty() };
    let session = server.open_with(&options).await.expect("let in");
    server.pinged().await;
    server.pinged().await;
    drop(session);
    server.goodbye().await;
}

#[tokio::test]
async fn a_connection_that_went_dead_is_noticed() {
    let server = Server::start(but("pool.query", |asked| match asked.socket {
        1 => Answer::Freeze,
        _ => Answer::Result(json!(1)),
    }))
    .await;
    let options = Options { keep_alive: Duration::from_millis(50), ..hasty() };
    let reader = server.open_with(&options).await.expect("let in").reader();
    assert_eq!(reader.read(&about("/a")).await, Ok(json!(1)));
}

#[tokio::test]
async fn a_call_that_was_given_up_keeps_its_place_until_it_is_answered() {
    // The first 18 are never answered: whoever comes then would be one too many for the system.
    let server = Server::start(but("pool.query", |_| Answer::Nothing)).await;
    let options = Options { call_timeout: Duration::from_secs(1), ..hasty() };
    let reader = server.open_with(&options).await.expect("let in").reader();
    let replies = reader.read_all((0..18).map(|number| about(format!("/{number}")))).await;
    assert!(matches!(replies.get(&about("/0")), Err(ReadError::Failed(_))));
    assert!(matches!(reader.read(&about("/x")).await, Err(ReadError::Failed(_))));
    assert_eq!(server.times("pool.query"), 18);
}
