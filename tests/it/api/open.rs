//! Opening a session: what it costs, and what it says when it cannot.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use trueup::model::{Endpoint, Trust};
use trueup::truenas_client::options::OnNotice;
use trueup::truenas_client::{Notice, OpenError, Options, Reason, Session};
use trueup::truenas_wire::Call;

use super::server::{Answer, Asked, KEY, Server, certificates, friendly, hasty, refusal, welcome};

/// Login answers in their order, the last one for ever; everything else is friendly.
fn logging_in(answers: Vec<Value>) -> impl Fn(&Asked) -> Answer {
    move |asked| match (asked.method.as_str(), answers.get(asked.nth - 1).or(answers.last())) {
        ("auth.login_ex", Some(answer)) => Answer::Result(answer.clone()),
        _ => friendly(asked),
    }
}

async fn refused(server: &Server) -> OpenError {
    server.open().await.expect_err("not let in")
}

/// The reason why nothing at this address lets us in.
async fn reason_at(url: &str, options: &Options) -> Reason {
    let server = Server::start(friendly).await;
    let mut endpoint = server.endpoint(Trust::PublicKey([0; 32]));
    endpoint.url = url.into();
    let opened = Session::open(&endpoint, SecretString::from(KEY), options).await;
    opened.expect_err(url).reason
}

#[tokio::test]
async fn a_session_is_one_connection_and_one_login() {
    // Often, since whether a connection is reused is a race if it is not done right.
    for _ in 0..20 {
        let server = Server::start(friendly).await;
        let session = server.open().await.expect("let in");
        assert_eq!(server.connections(), 1);
        assert_eq!((server.times("auth.login_ex"), server.times("core.set_options")), (1, 1));
        assert_eq!(session.release.version, "25.10.5");
        assert_eq!(session.release.dialect.line, (25, 10));
        assert_eq!(session.username, "trueup");
        assert!(session.roles.has("SSH_WRITE") && !session.roles.has("DATASET_WRITE"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_one_connection_on_many_threads_too() {
    for _ in 0..20 {
        let server = Server::start(friendly).await;
        server.open().await.expect("let in");
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn the_login_says_who_with_what_and_nothing_that_an_older_release_refuses() {
    let params = Arc::new(Mutex::new(Value::Null));
    let noted = params.clone();
    let server = Server::start(move |asked| {
        if asked.method == "auth.login_ex" {
            *noted.lock().expect("no panic") = asked.params.clone();
        }
        friendly(asked)
    })
    .await;
    server.open().await.expect("let in");
    let expected = json!([{ "mechanism": "API_KEY_PLAIN", "username": "trueup", "api_key": KEY,
        "login_options": { "user_info": true } }]);
    assert_eq!(*params.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn a_refused_login_is_tried_once_more() {
    let refusal = json!({ "response_type": "AUTH_ERR" });
    let server = Server::start(logging_in(vec![refusal.clone(), welcome()])).await;
    server.open().await.expect("let in at the second try");
    assert_eq!(server.times("auth.login_ex"), 2);

    let server = Server::start(logging_in(vec![refusal])).await;
    let error = refused(&server).await;
    assert_eq!(server.times("auth.login_ex"), 2);
    assert_eq!(
        error.to_string(),
        format!(
            "`boston` ({}): it refused the login: `trueup` and the API key do not belong together",
            server.url
        )
    );
    assert!(error.remedy().contains("`trueup` exists and owns this key"));
}

#[tokio::test]
async fn every_other_answer_to_the_login_has_its_own_words() {
    let answers = [
        (json!({ "response_type": "EXPIRED" }), "expired or was revoked"),
        (json!({ "response_type": "OTP_REQUIRED", "username": "x" }), "second factor"),
        (
            json!({ "response_type": "REDIRECT", "urls": ["https://a", "https://b"] }),
            "standby controller of a pair; the active one: https://a, https://b",
        ),
        (json!({ "response_type": "DENIED" }), "not use the API"),
        (json!({ "response_type": "LATER" }), "answered the login with `LATER`"),
        (json!(true), "answered the login with `nothing`"),
    ];
    for (answer, words) in answers {
        let server = Server::start(logging_in(vec![answer])).await;
        let error = refused(&server).await;
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.remedy().is_empty());
        assert_eq!(server.times("auth.login_ex"), 1, "{error}");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_told_of() {
    let server = Server::start(|asked| match (asked.method.as_str(), asked.nth) {
        ("auth.login_ex", 1..=3) => refusal(16, "EBUSY", "Rate Limit Exceeded"),
        _ => friendly(asked),
    })
    .await;
    let notices = Arc::new(Mutex::new(Vec::new()));
    let told = notices.clone();
    let on_notice =
        OnNotice::new(move |notice| told.lock().expect("no panic").push(notice.clone()));
    server.open_with(&Options { on_notice, ..hasty() }).await.expect("let in at last");
    let notices = notices.lock().expect("no panic");
    assert_eq!(notices.len(), 3);
    assert!(matches!(&notices[0], Notice::RateLimited { system, .. } if system == "boston"));
}

#[tokio::test]
async fn patience_with_a_rate_limit_has_an_end() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "auth.login_ex" => refusal(16, "EBUSY", "Rate Limit Exceeded"),
        _ => friendly(asked),
    })
    .await;
    let mut options = hasty();
    options.patience.with_rate_limit = Duration::ZERO;
    let error = server.open_with(&options).await.expect_err("never let in");
    assert!(matches!(error.reason, Reason::RateLimited(_)), "{error}");
    assert_eq!(server.times("auth.login_ex"), 1);
}

#[tokio::test]
async fn a_login_that_fails_is_said_without_its_trace() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "auth.login_ex" => refusal(95, "EOPNOTSUPP", "API key authentication is not allowed"),
        _ => friendly(asked),
    })
    .await;
    let error = refused(&server).await;
    assert!(error.to_string().contains("API key authentication is not allowed"), "{error}");
    assert!(!format!("{error:?}").contains("secret trace"));
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_told_so() {
    let server =
        Server::start(|_| Answer::Close(1008, "You are not allowed to access this resource")).await;
    let error = refused(&server).await;
    assert!(matches!(error.reason, Reason::AddressNotAllowed(_)), "{error}");
    assert!(error.remedy().contains("allowed addresses"));
}

#[tokio::test]
async fn a_connection_cut_during_the_login_is_told_so() {
    let server = Server::start(|_| Answer::Cut).await;
    let error = refused(&server).await;
    assert!(matches!(error.reason, Reason::ConnectionLost(_)), "{error}");
    assert!(error.to_string().ends_with(": the system closed the connection"), "{error}");
}

#[tokio::test]
async fn tls_that_ends_without_notice_is_a_closed_connection() {
    let (leaf, tls, _) = certificates();
    let acceptor = TlsAcceptor::from(tls);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.expect("TLS");
            let _ = stream.read(&mut [0; 1024]).await;
            // Dropped: TCP ends, and TLS does not say so.
        }
    });
    let trust = Trust::Certificate(vec![Sha256::digest(&leaf).into()]);
    let endpoint = Endpoint { url: url.clone(), ..Server::start(friendly).await.endpoint(trust) };
    let opened = Session::open(&endpoint, SecretString::from(KEY), &hasty()).await;
    let error = opened.expect_err("closed");
    assert_eq!(error.to_string(), format!("`boston` ({url}): it closed the connection"));
    assert_eq!(error.remedy(), "Try again; the system may be restarting.");
    task.abort();
}

#[tokio::test]
async fn what_is_no_truenas_or_too_old_is_told_so() {
    for (status, body) in [
        (StatusCode::NOT_FOUND, "404: Not Found"),
        (StatusCode::OK, "<!doctype html>"),
        (StatusCode::OK, "{}"),
        (StatusCode::OK, "[]"),
        (StatusCode::OK, "[1]"),
        (StatusCode::UNAUTHORIZED, ""),
    ] {
        let server = Server::with_versions(status, body, friendly).await;
        let error = refused(&server).await;
        assert!(error.to_string().contains("older than TrueNAS 25.04, or no TrueNAS"), "{error}");
        assert_eq!(server.times("auth.login_ex"), 0);
    }
    let server = Server::with_versions(StatusCode::OK, r#"["v24.04.0"]"#, friendly).await;
    let error = refused(&server).await;
    assert!(error.to_string().contains("`boston`"), "{error}");
    assert!(error.to_string().contains("its API v24.04.0 is older"), "{error}");
}

#[tokio::test]
async fn a_list_of_versions_has_an_end() {
    let body = format!("[{}\"v25.10.0\"]", "\"v25.04.0\",".repeat(100_000));
    let server = Server::with_versions(StatusCode::OK, body, friendly).await;
    assert!(matches!(refused(&server).await.reason, Reason::NotTrueNas { .. }));
}

/// A session with a system that has this API at most, and what was told of it.
async fn told_of(newest: &str) -> (Session, Vec<Notice>) {
    let versions = json!(["v25.04.0", newest]).to_string();
    let server = Server::with_versions(StatusCode::OK, versions, friendly).await;
    let notices = Arc::new(Mutex::new(Vec::new()));
    let told = notices.clone();
    let on_notice =
        OnNotice::new(move |notice| told.lock().expect("no panic").push(notice.clone()));
    let session = server.open_with(&Options { on_notice, ..hasty() }).await.expect("let in");
    let notices = notices.lock().expect("no panic").clone();
    (session, notices)
}

#[tokio::test]
async fn a_newer_release_is_spoken_to_as_the_newest_known_with_a_warning() {
    let (session, notices) = told_of("v31.4.0").await;
    assert_eq!(session.release.version, "31.4.0");
    assert_eq!(session.release.dialect.line, (27, 0));
    assert!(matches!(&notices[..], [Notice::NewerThanKnown { .. }]), "{notices:?}");
}

#[tokio::test]
async fn a_release_known_from_its_schemas_only_is_spoken_to_with_a_warning() {
    let (session, notices) = told_of("v27.0.0").await;
    assert_eq!(session.release.dialect.line, (27, 0));
    assert!(matches!(&notices[..], [Notice::SchemasOnly { .. }]), "{notices:?}");
}

#[tokio::test]
async fn a_recorded_release_is_spoken_to_without_a_word() {
    for newest in ["v25.04.2", "v25.10.5", "v26.0.0"] {
        assert_eq!(told_of(newest).await.1, [], "{newest}");
    }
}

#[tokio::test]
async fn jobs_of_25_04_are_followed_by_number_and_nothing_else_is_asked_for() {
    let server = Server::with_versions(StatusCode::OK, r#"["v25.04.2"]"#, |asked| {
        match asked.method.as_str() {
            "filesystem.setperm" => Answer::Result(json!(7)),
            "core.get_jobs" => {
                Answer::Result(json!([{ "id": 7, "state": "SUCCESS", "result": "done" }]))
            }
            _ => friendly(asked),
        }
    })
    .await;
    let writer = server.open().await.expect("let in").writer();
    let call = Call::new("filesystem.setperm", vec![]).job();
    assert_eq!(writer.send(&call, vec![]).await, Ok(json!("done")));
    assert_eq!(server.times("core.set_options"), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::with_versions(StatusCode::TEMPORARY_REDIRECT, "", friendly).await;
    let reason = refused(&server).await.reason;
    assert!(matches!(reason, Reason::Redirected { to } if to == "https://elsewhere/"));
}

#[tokio::test]
async fn a_system_that_is_starting_is_told_so() {
    let server = Server::with_versions(StatusCode::BAD_GATEWAY, "<html>", friendly).await;
    assert!(matches!(refused(&server).await.reason, Reason::NotReady { status: 502 }));
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_apart() {
    let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = tcp.local_addr().expect("bound").port();
    let url = format!("https://127.0.0.1:{port}");
    let short = Options { connect_timeout: Duration::from_millis(50), ..hasty() };

    // Listens, and never says anything.
    assert!(matches!(reason_at(&url, &short).await, Reason::TimedOut(_)));

    let plain = tokio::spawn(async move {
        loop {
            let (mut stream, _) = tcp.accept().await.expect("accepted");
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert!(matches!(reason_at(&url, &hasty()).await, Reason::NoTls));
    plain.abort();
    assert!(plain.await.expect_err("aborted").is_cancelled());

    assert!(matches!(reason_at(&url, &hasty()).await, Reason::Refused));
    let nowhere = reason_at("https://nowhere.invalid", &hasty()).await;
    assert!(matches!(nowhere, Reason::Dns(_)), "{nowhere}");
}
