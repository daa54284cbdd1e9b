//! What a web page makes a browser send is refused; programs are served.

use trueup_sim::{self as sim, Fleet};

use super::client::{get_as, host};

const FLEET: &str = "systems: { chicago: { release: \"25.10.6\", names: [nas.example.net] } }";

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let running = sim::start(Fleet::parse(FLEET).expect("a fleet")).await.expect("it runs");
    let address = running.systems()[0].clone();
    let own = host(&address).to_owned();
    for (headers, status) in [
        (format!("Host: {own}\r\n"), "200"),
        ("Host: localhost\r\n".into(), "200"),
        ("Host: NAS.example.net:8443\r\n".into(), "200"),
        ("Host: chicago\r\n".into(), "200"),
        // python's websocket-client names the server that it asks.
        (format!("Host: {own}\r\nOrigin: https://{own}\r\n"), "200"),
        // A name of the attacker's that resolves to loopback.
        ("Host: evil.example\r\n".into(), "403"),
        ("Host: 127.0.0.1.evil.example\r\n".into(), "403"),
        ("Host: evil.example\r\nOrigin: https://evil.example\r\n".into(), "403"),
        // A page that connects to loopback.
        (format!("Host: {own}\r\nOrigin: https://evil.example\r\n"), "403"),
        (format!("Host: {own}\r\nOrigin: http://localhost:3000\r\n"), "403"),
        (format!("Host: {own}\r\nOrigin: null\r\n"), "403"),
    ] {
        for path in ["/api/versions", "/api/boot_id"] {
            let response = get_as(&address, path, &headers).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}{response}");
        }
        let upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
        if status == "403" {
            let response = get_as(&address, "/api/current", &format!("{headers}{upgrade}")).await;
            assert!(response.starts_with("HTTP/1.1 403 "), "{headers}{response}");
        }
    }
    running.stop().await;
}
