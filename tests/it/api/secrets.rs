//! The key is in no text that the client makes.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::json;
use trueup::truenas_wire::{Call, Read, ReadMethod};

use super::server::{Answer, KEY, Server, friendly};

/// Everything that the crates below said through `log`, of all tests of this process.
fn said() -> &'static Mutex<String> {
    static SAID: OnceLock<Mutex<String>> = OnceLock::new();
    SAID.get_or_init(Mutex::default)
}

struct Listening;

impl log::Log for Listening {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut said = said().lock().expect("no panic");
        said.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_key_and_private_replies_are_in_no_log_and_no_debug_output() {
    log::set_logger(&Listening).expect("nobody else listens in this process");
    log::set_max_level(log::LevelFilter::Trace);
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);

    let server = Server::start(|asked| match asked.method.as_str() {
        "ssh.config" => Answer::Result(json!({ "host_rsa_key": "APrivateHostKey" })),
        "user.create" => Answer::Cut,
        _ => friendly(asked),
    })
    .await;
    // While there is one subscriber, tracing caches what is logged by asking that of the thread that
    // comes first, and those of other tests have none.
    server.open().await.expect("let in");
    tracing::callsite::rebuild_interest_cache();
    let session = server.open().await.expect("let in");
    let reader = session.reader();
    reader.read(&Read::call(ReadMethod::SshConfig, vec![])).await.expect("read");
    let create = Call::new("user.create", vec![]);
    let sent = session.writer().send(&create, vec![json!({ "password": "APassword" })]).await;
    let error = sent.expect_err("cut");
    reader.read(&Read::call(ReadMethod::SshConfig, vec![])).await.expect("read again");

    let debug = format!("{session:?} {reader:?} {:?} {error:?} {error}", session.writer());
    let logs = String::from_utf8(written.0.lock().expect("no panic").clone()).expect("text");
    assert!(logs.contains("auth.login_ex"), "calls are traced by name: {logs}");
    let said = said().lock().expect("no panic");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [KEY, "APrivateHostKey", "APassword"] {
        for text in [&debug, &logs, &*said] {
            assert!(!text.contains(secret) && !text.contains(&hex(secret)), "{secret} in {text}");
        }
    }
}
