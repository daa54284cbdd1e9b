//! Jobs of the older style: the call is answered with the job's number, the job is waited for.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, timeout_at};

use super::closed::Closed;
use super::fault::Fault;
use super::frame::Event;
use super::link::Connection;
use super::options::Options;
use super::waiting::Failure;

/// What is subscribed to and asked for.
const JOBS: &str = "core.get_jobs";

/// How long to wait for news of a job before looking at it anyway: news may be missed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Calls a job method and waits for the job's end. A job whose connection is lost goes on by itself:
/// its outcome is not known.
pub(super) async fn ended(
    connection: &Connection,
    method: &str,
    params: &[Value],
    options: &Options,
) -> Result<Value, Failure> {
    let rpc = &connection.rpc;
    // Before the job starts, or its end might be missed. Without news it is looked at now and then.
    let mut news = rpc.events();
    let subscribed = connection.told_of_jobs.get_or_init(|| async {
        let _ = rpc.call("core.subscribe", &[json!(JOBS)], options.call_timeout).await;
    });
    subscribed.await;
    let answer = rpc.call(method, params, options.call_timeout).await?;
    // What answers with something else was no job on this release.
    let Some(number) = answer.as_i64() else { return Ok(answer) };
    let deadline = Instant::now() + options.job_timeout;
    let mut looked_again = false;
    loop {
        let filter = [json!([["id", "=", number]])];
        let jobs = rpc.call(JOBS, &filter, options.call_timeout).await;
        let jobs = jobs.map_err(|failure| Failure::Lost(why_unknown(failure)))?;
        let Some(job) = jobs.get(0) else {
            return Err(Failure::Lost(Closed::Broken("the system forgot the job".into())));
        };
        match job["state"].as_str() {
            Some("SUCCESS") => return Ok(job["result"].clone()),
            // The state turns a moment before `exc_info` is there (recorded).
            Some("FAILED") if job["exc_info"].is_null() && !looked_again => looked_again = true,
            Some("FAILED" | "ABORTED") => return Err(Failure::Answered(fault(method, job))),
            _ => {}
        }
        if Instant::now() >= deadline {
            return Err(Failure::Lost(Closed::NoAnswer(options.job_timeout)));
        }
        news_of(number, &mut news, deadline.min(Instant::now() + LOOK_EVERY)).await;
    }
}

/// Waits until something is told of the job, or until it is time to look anyway.
async fn news_of(number: i64, news: &mut Receiver<Event>, until: Instant) {
    let _ = timeout_at(until, async {
        while let Ok(event) = news.recv().await {
            if matches!(event, Event::Changed { collection, id }
                if collection == JOBS && id == Some(number))
            {
                return;
            }
        }
        // Too much was told at once, or the connection is gone: looking shows which.
    })
    .await;
}

fn why_unknown(failure: Failure) -> Closed {
    match failure {
        Failure::Lost(closed) | Failure::NotSent(closed) => closed,
        Failure::Answered(fault) => {
            Closed::Broken(format!("the system does not say what became of the job: {fault}"))
        }
        Failure::TooLong(bytes) => Closed::RequestTooLong(bytes),
    }
}

/// The failure of a job as if its call had failed.
fn fault(method: &str, job: &Value) -> Fault {
    const INVALID: i64 = -32602;
    const FAILED: i64 = -32001;
    let info = &job["exc_info"];
    let invalid = info["type"] == "VALIDATION";
    let reason = match job["state"].as_str() {
        Some("ABORTED") => "the job was aborted",
        _ => job["error"].as_str().unwrap_or("the job failed"),
    };
    let extra = if invalid { &info["extra"] } else { &Value::Null };
    let code = if invalid { INVALID } else { FAILED };
    Fault::new(method, code, info["errno"].as_i64(), None, reason, extra)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_job_is_the_fault_of_its_call() {
        let job = json!({ "state": "FAILED", "error": "[ENOENT] Path /mnt/x not found",
            "exc_info": { "repr": "…", "type": "CallError", "errno": 2, "extra": null } });
        let failed = fault("filesystem.setperm", &job);
        assert!(failed.is_missing());
        assert_eq!(failed.to_string(), "Path /mnt/x not found");
    }

    #[test]
    fn what_a_job_finds_invalid_is_told_like_what_a_call_finds_invalid() {
        let job = json!({ "state": "FAILED", "error": "[EINVAL] a.b: no\n",
            "exc_info": { "type": "VALIDATION", "errno": null, "extra": [["a.b", "no", 22]] } });
        let failed = fault("filesystem.setperm", &job);
        assert_eq!((failed.code, failed.to_string().as_str()), (-32602, "`a.b`: no"));
    }
}
