//! Which certificates are believed, and what is said of the others.

use std::fs;

use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use trueup::model::Trust;
use trueup::truenas_client::fingerprints::fingerprints;
use trueup::truenas_client::tls::Certificate;
use trueup::truenas_client::{OpenError, Reason, Session};

use super::server::{KEY, Server, friendly, hasty};

async fn open(server: &Server, trust: Trust) -> Result<Session, OpenError> {
    Session::open(&server.endpoint(trust), SecretString::from(KEY), &hasty()).await
}

/// As another reader of certificates sees it.
fn public_key(server: &Server) -> [u8; 32] {
    let der = CertificateDer::from(server.leaf.as_slice());
    let parsed = ParsedCertificate::try_from(&der).expect("a certificate");
    Sha256::digest(parsed.subject_public_key_info()).into()
}

#[tokio::test]
async fn a_pinned_certificate_is_believed() {
    let server = Server::start(friendly).await;
    open(&server, Trust::Certificate(vec![server.sha256()])).await.expect("the pin");
    let several = vec![[1; 32], server.sha256()];
    open(&server, Trust::Certificate(several)).await.expect("one of the pins");
    open(&server, Trust::PublicKey(public_key(&server))).await.expect("the key's pin");
}

#[tokio::test]
async fn a_certificate_authority_is_believed() {
    let server = Server::start(friendly).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    fs::write(&path, &server.ca_pem).expect("written");
    open(&server, Trust::CaFile(path.clone())).await.expect("vouched for");

    let other = Server::start(friendly).await;
    let refused = open(&other, Trust::CaFile(path.clone())).await.expect_err("another's");
    assert!(refused.to_string().contains("nobody who is trusted vouches for it"), "{refused}");
    assert_eq!(other.times("auth.login_ex"), 0);

    fs::write(&path, "no PEM").expect("written");
    let none = open(&server, Trust::CaFile(path.clone())).await.expect_err("no certificate");
    assert!(none.to_string().contains("does not hold PEM certificates"), "{none}");
    let missing = open(&server, Trust::CaFile("/nonexistent".into())).await.expect_err("no file");
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
}

#[tokio::test]
async fn another_certificate_is_refused_with_both_values_and_without_the_key() {
    let server = Server::start(friendly).await;
    let got = Certificate::of(&server.leaf);
    let pins = [Trust::Certificate(vec![[0xab; 32], [0xcd; 32]]), Trust::PublicKey([0xab; 32])];
    for (trust, expected) in pins.into_iter().zip([
        format!("sha256\n{}\nor sha256\n{}", ["AB"; 32].join(":"), ["CD"; 32].join(":")),
        "spki q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=".to_owned(),
    ]) {
        let error = open(&server, trust).await.expect_err("not the pinned one");
        let text = error.to_string();
        assert!(text.contains(&format!("\nexpected {expected}\ngot sha256\n")), "{text}");
        assert!(text.contains(&got.sha256()), "{text}");
        assert!(text.contains(&got.spki().expect("a key")), "{text}");
        assert!(error.remedy().contains(&format!("`trueup trust {}`", server.url)), "{error:?}");
    }
    assert_eq!(server.times("auth.login_ex"), 0);
}

#[tokio::test]
async fn public_roots_do_not_vouch_for_a_private_authority() {
    let server = Server::start(friendly).await;
    let error = open(&server, Trust::Roots).await.expect_err("nobody vouches");
    // A machine without roots says that instead.
    assert!(matches!(error.reason, Reason::Certificate(_) | Reason::Trust(_)), "{error}");
}

#[tokio::test]
async fn the_fingerprints_are_what_a_pin_needs() {
    let server = Server::start(friendly).await;
    let shown = fingerprints(&server.url, &hasty()).await.expect("shown");
    assert_eq!(shown.certificate.sha256, server.sha256());
    assert_eq!(shown.certificate.public_key_sha256, Some(public_key(&server)));
    assert!(shown.certificate.subject.contains("CN=truenas.local"), "{shown:?}");
    assert!(shown.certificate.issuer.contains("CN=Test authority"), "{shown:?}");
    assert!(shown.certificate.valid.is_some_and(|(from, until)| from < until));
    assert!(!shown.vouched_for);
    let refused = fingerprints("http://127.0.0.1:1", &hasty()).await.expect_err("no https");
    assert!(matches!(refused.reason, Reason::NotHttps));
}

#[tokio::test]
async fn a_plain_url_is_refused_without_a_connection() {
    let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = Server::start(friendly).await;
    let mut endpoint = server.endpoint(Trust::Roots);
    endpoint.url = format!("http://{}", tcp.local_addr().expect("bound"));
    let error = Session::open(&endpoint, SecretString::from(KEY), &hasty()).await;
    let error = error.expect_err("no https");
    assert!(matches!(error.reason, Reason::NotHttps), "{error}");
    assert!(error.remedy().contains("revokes"), "{}", error.remedy());
    tokio::select! {
        biased;
        _ = tcp.accept() => panic!("somebody connected"),
        () = std::future::ready(()) => {}
    }
}
