//! Floods: of pings, of fragments, of events, of bytes, of values.

use std::fs;
use std::iter;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use trueup::model::{Endpoint, KeySource, Trust};
use trueup::truenas_client::{Options, Session};
use trueup::truenas_wire::{Read, ReadMethod};

use super::run::{plan, trueup};
use super::server::{Hostile, Victim, polite};
use crate::api::server::{KEY, hasty};
use crate::support::{each, repository};

/// A manifest's part: one dataset.
const MIRROR: &str = "datasets: { tank/mirror: {} }";

const UNREQUESTED: &str = "boston sent more than 10000 messages that answer no call; check that it \
                           is the TrueNAS that you mean";

/// A system that floods whoever reads from it, and reads nothing itself.
fn flooding(messages: Vec<Message>) -> Hostile {
    Hostile::start(move |mut victim: Victim| {
        let messages = messages.clone();
        async move {
            if victim.first_read().await.is_some() {
                victim.flood(&messages).await;
            }
        }
    })
}

/// A system that answers every read with what this has for its method.
fn answering(result: impl Fn(&str) -> String + Send + Sync + 'static) -> Hostile {
    let result = Arc::new(result);
    Hostile::start(move |mut victim: Victim| {
        let result = result.clone();
        async move {
            let mut call = victim.first_read().await;
            while let Some(read) = call {
                if victim.answer(&read, &result(&read.method)).await.is_none() {
                    break;
                }
                call = victim.call().await;
            }
        }
    })
}

/// A text in JSON of so many MiB.
fn json_text(mebibytes: usize) -> String {
    format!("\"{}\"", "x".repeat(mebibytes << 20))
}

/// A dataset with all its properties, as a system answers it.
fn dataset(name: &str) -> String {
    static RECORDED: LazyLock<String> = LazyLock::new(|| {
        let path = "tests/conformance/recorded/25.10/datasets.jsonl";
        let recorded = fs::read_to_string(repository(path)).expect("recorded replies");
        let lines = recorded.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        let entries = lines.map(|line: Value| line["got"][0]["result"].to_string());
        let entry = entries.max_by_key(String::len).expect("a dataset");
        let entry = entry.replace(r#""<bool>""#, "false").replace(r#""<int>""#, "1099511627776");
        let mut entry: Value = serde_json::from_str(&entry).expect("JSON");
        entry["type"] = json!("FILESYSTEM");
        entry["id"] = json!("NAME");
        entry["mountpoint"] = json!("/mnt/NAME");
        entry.to_string()
    });
    RECORDED.replace("NAME", name)
}

#[test]
fn floods_that_answer_no_call_end_the_connection() {
    let event = r#"{"jsonrpc":"2.0","method":"collection_update","params":{"msg":"changed","collection":"core.get_jobs","id":1,"fields":{}}}"#;
    let cases = [
        Message::Ping(vec![7; 125].into()),
        Message::Ping(Vec::new().into()),
        Message::Pong(vec![7; 125].into()),
        Message::text(event),
        Message::text(r#"{"jsonrpc":"2.0","id":4000000,"result":[1,2,3]}"#),
        Message::text("{}"),
    ];
    each(cases, |message| {
        plan(&flooding(vec![message])).refuses(UNREQUESTED);
    });
}

#[test]
fn ping_flood_during_the_login_ends_it() {
    let system = Hostile::start(|mut victim: Victim| async move {
        victim.flood(&[Message::Ping(vec![7; 125].into())]).await;
    });
    let run = plan(&system);
    run.refuses("it sent more than 10000 messages that answer no call");
    run.refuses("No TrueNAS does this: check the URL");
}

#[test]
fn binary_messages_are_not_taken() {
    let system = flooding(vec![Message::Binary(vec![7; 1000].into())]);
    plan(&system).refuses("the system sent what is no JSON-RPC message");
}

#[test]
fn fragments_without_end_are_not_collected() {
    let frame = |opcode, bytes| {
        Message::Frame(Frame::message(vec![b' '; bytes], OpCode::Data(opcode), false))
    };
    let cases = [
        (vec![], 1 << 16, "boston sent a message of"),
        (vec![Message::Ping(Vec::new().into())], 0, UNREQUESTED),
    ];
    for (between, bytes, text) in cases {
        let system = Hostile::start(move |mut victim: Victim| {
            let between = between.clone();
            async move {
                if victim.first_read().await.is_some() {
                    victim.send(frame(Data::Text, 0)).await;
                    let parts = [vec![frame(Data::Continue, bytes)], between].concat();
                    victim.flood(&parts).await;
                }
            }
        });
        let run = plan(&system);
        run.refuses(text);
    }
}

#[test]
fn messages_larger_than_any_reply_are_refused_by_their_header() {
    plan(&answering(|_| json_text(100)))
        .refuses("boston sent a message of 100.1 MiB; the largest that is accepted has 64 MiB");
}

#[test]
fn messages_larger_than_any_expected_reply_are_not_read_to_their_end() {
    let text = "`ssh.config`: boston sent a message of more than 2 MiB, the largest that was";
    plan(&answering(|method| match method {
        "ssh.config" => json_text(60),
        _ => "[]".into(),
    }))
    .refuses(text);
}

/// A call whose reply may be large lets no other method's reply be as large.
#[test]
fn replies_are_bounded_by_their_method() {
    let system = Hostile::start(|mut victim: Victim| async move {
        let mut datasets = None;
        let mut call = victim.first_read().await;
        while let Some(read) = call {
            match (read.method.as_str(), &datasets) {
                ("pool.dataset.query", _) => datasets = Some(read),
                ("ssh.config", Some(waiting)) => {
                    victim.answer(&read, &json_text(3)).await;
                    victim.answer(waiting, "[]").await;
                }
                _ => drop(victim.answer(&read, "null").await),
            }
            call = victim.call().await;
        }
    });
    let text =
        "`ssh.config`: boston sent a reply of 3.1 MiB; the largest that is accepted has 2 MiB";
    plan(&system).refuses(text);
}

#[test]
fn replies_that_grow_when_they_are_parsed_are_refused() {
    let text = "boston sent a reply of 10.1 MiB, with which its replies would take";
    plan(&answering(|method| match method {
        "pool.dataset.query" => format!("[{}0]", r#"{"a":0},"#.repeat((10 << 20) / 8)),
        _ => "null".into(),
    }))
    .refuses(text);
}

/// The answer to a write is not accepted: what came of it is looked at.
#[test]
fn too_large_answers_to_a_write_are_explained() {
    let system = answering(|method| match method {
        "pool.dataset.query" => format!("[{}]", dataset("tank")),
        "pool.dataset.create" => json_text(3),
        _ => "[]".into(),
    });
    let run = trueup(&["apply", "--yes"], &system, MIRROR);
    let text =
        "the answer to `pool.dataset.create` was not accepted (boston sent a message of more";
    assert!(run.code == Some(3) && run.stdout.contains(text), "{run:?}");
    run.takes(Duration::from_secs(15), 160);
}

/// The largest system that trueup is for: ten thousand datasets with all their properties.
#[test]
fn ten_thousand_datasets_are_accepted() {
    let name = |number| format!("tank/projects/department/project-{number:05}");
    let others = (0..10_000).map(name).map(|name| dataset(&name));
    let datasets: Vec<String> = iter::once(dataset("tank")).chain(others).collect();
    let datasets = format!("[{}]", datasets.join(","));
    let system = answering(move |method| match method {
        "pool.dataset.query" => datasets.clone(),
        _ => "[]".into(),
    });
    let run = trueup(&["plan"], &system, MIRROR);
    assert!(run.code == Some(0) && run.stdout.contains("+ dataset tank/mirror"), "{run:?}");
    run.takes(Duration::from_secs(20), 640);
}

/// Pings that are no flood keep the connection, and no call beyond its time.
#[test]
fn calls_end_in_time_while_pings_come() {
    let system = Hostile::start(|mut victim: Victim| async move {
        if victim.first_read().await.is_some() {
            let mut pause = tokio::time::interval(Duration::from_millis(10));
            while victim.send(Message::Ping(Vec::new().into())).await.is_some() {
                pause.tick().await;
            }
        }
    });
    let endpoint = Endpoint {
        system: "boston".into(),
        url: system.url.clone(),
        username: "trueup".into(),
        api_key: KeySource::Env("KEY".into()),
        trust: Trust::Certificate(vec![fingerprint(&system.sha256)]),
        place: None,
    };
    let options = Options { call_timeout: Duration::from_millis(700), ..hasty() };
    let error = system.runtime.block_on(async {
        let session = Session::open(&endpoint, SecretString::from(KEY), &options).await;
        let reader = session.expect("let in").reader();
        reader.read(&Read::call(ReadMethod::SystemInfo, vec![])).await.expect_err("no answer")
    });
    assert_eq!(error.to_string(), "`system.info`: no answer within 700ms");
    assert!(polite("system.info").is_none());
}

fn fingerprint(hex: &str) -> [u8; 32] {
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex");
    std::array::from_fn(byte)
}
