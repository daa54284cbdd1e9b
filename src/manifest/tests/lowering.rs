//! What a manifest desires, in its canonical form.

use insta::assert_snapshot;
use serde_json::Value;

use super::{parse, replication_errors};
use crate::manifest::Manifest;
use crate::model::Trust;
use crate::render::diagnostic::render;

/// What the file desires, without an environment.
fn lower(text: &str) -> Manifest {
    let document = parse(text).unwrap_or_else(|errors| panic!("{}", render(&errors, false, 120)));
    document.lower(&|_| None).unwrap_or_else(|errors| panic!("{}", render(&errors, false, 120)))
}

/// Every resource with its fields, switches and replications, one a line.
fn listed(manifest: &Manifest) -> String {
    let mut text = String::new();
    for desired in manifest.resources.values() {
        text += &format!("{} {:?}\n", desired.address, desired.replications);
        for (field, wanted) in &desired.fields {
            let line = wanted.place.as_ref().map_or(0, |place| place.line);
            text += &format!("  {field} = {} @{line}\n", wanted.value);
        }
        for (switch, value) in &desired.switches {
            text += &format!("  {switch}: {value}\n");
        }
        if desired.referenced_only {
            text += "  referenced only\n";
        }
    }
    text
}

const PAIR: &str = "version: 1
systems:
  boston: { url: https://boston, username: trueup, api_key: { env: A } }
  chicago:
    url: https://10.0.0.2:8443
    username: trueup
    api_key: { env: B }
    ssh: { port: 2222, interfaces: [eno2, eno1, eno1], running: true }
    datasets:
      backup/boston: { compression: ON, readonly: true, atime: off, recordsize: 131072 }
      backup/home: { create_ancestors: true, quota: 1536M, refquota: none, comments: '' }
      backup/other:
    admins:
      replicator:
        home: { path: /mnt/backup/home/replicator/, mode: 0700 }
        ssh_access: true
        groups: { names: [b, a], exclusive: true }
        sudo: { no_password: zfs, password: [/b, /a] }
        authorized_keys: { keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 me] }
replications:
  offsite:
    source: { system: boston, datasets: [tank/data], admin: local }
    destination: { system: chicago, dataset: backup/boston/data, admin: replicator }
    key: { authorize_on: [source, destination] }
    connection: { timeout: 20 }
";

#[test]
fn values_have_one_form_and_places() {
    assert_snapshot!(listed(&lower(PAIR)), @r#"
    boston/dataset/tank/data {"offsite"}
      referenced only
    boston/ssh_connection/chicago {"offsite"}
      host = "10.0.0.2" @25
      host_keys = {"$ref":"chicago/ssh_service#host_keys"} @25
      key = "boston-to-chicago" @25
      port = {"$ref":"chicago/ssh_service#port"} @25
      timeout = 20 @25
      username = "replicator" @23
    boston/ssh_keypair/boston-to-chicago {"offsite"}
    boston/user/local {}
      authorized_keys.keys = [{"$ref":"boston/ssh_keypair/boston-to-chicago#public_key"}] @24
      referenced only
    chicago/dataset/backup/boston {"offsite"}
      atime = "off" @10
      compression = "on" @10
      readonly = "on" @10
      recordsize = "128K" @10
    chicago/dataset/backup/home {"offsite"}
      comments = "" @11
      quota = "1536M" @11
      refquota = "none" @11
      create_ancestors: true
    chicago/dataset/backup/other {}
    chicago/ssh_service {"offsite"}
      interfaces = ["eno1","eno2"] @8
      port = 2222 @8
      running = true @8
    chicago/user/replicator {"offsite"}
      authorized_keys.keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 me",{"$ref":"boston/ssh_keypair/boston-to-chicago#public_key"}] @19
      groups.names = ["a","b"] @17
      home.mode = "700" @15
      home.path = "/mnt/backup/home/replicator" @15
      ssh_access = true @16
      sudo.no_password = ["/usr/sbin/zfs"] @18
      sudo.password = ["/a","/b"] @18
      groups.exclusive: true
    "#);
}

#[test]
fn what_is_inherited_and_what_everything_is() {
    let manifest = lower(
        "version: 1
systems:
  a:
    url: https://a
    username: u
    api_key: { env: K }
    datasets: { t/x: { compression: inherit, readonly: INHERIT, recordsize: inherit, quota: 2TiB } }
    admins: { u: { sudo: { no_password: all, exclusive: true } } }
",
    );
    assert_snapshot!(listed(&manifest), @r#"
      a/dataset/t/x {}
        compression = "inherit" @7
        quota = "2T" @7
        readonly = "inherit" @7
        recordsize = "inherit" @7
      a/user/u {}
        sudo.no_password = ["ALL"] @8
        sudo.password = [] @8
        sudo.exclusive: true
    "#);
}

#[test]
fn a_port_and_a_host_that_are_written_are_no_holes() {
    let manifest = lower(&PAIR.replace("timeout: 20", "host: nas.lan, port: 22"));
    let connection = manifest.resources.values().find(|it| it.address.kind == "ssh_connection");
    let connection = connection.expect("a connection");
    assert_eq!(connection.get("host"), Some(&Value::from("nas.lan")));
    assert_eq!(connection.get("port"), Some(&Value::from(22)));
    assert_eq!(connection.get("timeout"), None);
}

#[test]
fn replications_that_share_a_connection_add_up() {
    let shared = PAIR.to_owned()
        + "  again:
    source: { system: boston, admin: local }
    destination: { system: chicago, admin: replicator }
    key: { name: boston-to-chicago, authorize_on: [destination, source] }
    connection: { port: 22 }
";
    let manifest = lower(&shared);
    let connection = manifest.resources.values().find(|it| it.address.kind == "ssh_connection");
    let connection = connection.expect("a connection");
    assert_eq!(connection.replications.len(), 2);
    assert_eq!(connection.get("timeout"), Some(&Value::from(20)));
    assert_eq!(connection.get("port"), Some(&Value::from(22)));
}

#[test]
fn the_digest_ignores_order_and_comments_only() {
    let text =
        "version: 1\nsystems: { a: { url: { env: U }, username: u, api_key: { env: K } } }\n";
    let other = "# c\nsystems:\n  a:\n    username: u\n    api_key: { env: K }\n    url:\n      env: U\nversion: 1\n";
    let digest = |text: &str, url: &'static str| {
        let document = parse(text).expect("a manifest");
        document.lower(&|_| Some(url.into())).expect("a manifest").digest
    };
    assert_eq!(digest(text, "https://a"), digest(other, "https://b"));
    assert_ne!(digest(text, "https://a"), digest(&text.replace("U", "V"), "https://a"));
    assert_eq!(digest(text, "https://a").len(), "sha256:".len() + 64);
}

#[test]
fn pins_from_the_environment_and_files_beside_the_manifest() {
    let text = "version: 1
systems:
  a: { url: https://a, username: u, api_key: { file: key }, tls: { sha256: [{ env: P }, { env: P }] } }
  b: { url: https://b, username: u, api_key: { env: K }, tls: { ca_file: { env: F } } }
  c: { url: https://c, username: u, api_key: { env: K }, tls: { ca_file: ca.pem } }
";
    let text = crate::manifest::files::Text { name: "conf/trueup.yaml".into(), text: text.into() };
    let document = crate::manifest::parse(vec![text]).expect("a manifest");
    let env = |name: &str| match name {
        "P" => Some("ab".repeat(32)),
        "F" => Some("ca.pem".into()),
        _ => None,
    };
    let manifest = document.lower(&env).expect("a manifest");
    let trust = |name: &str| manifest.systems[name].endpoint.trust.clone();
    assert_eq!(trust("a"), Trust::Certificate(vec![[0xab; 32]; 2]));
    assert_eq!(trust("b"), Trust::CaFile("ca.pem".into()));
    assert_eq!(trust("c"), Trust::CaFile("conf/ca.pem".into()));
}

#[test]
fn variables_that_are_not_set_or_hold_something_else() {
    let document = parse(
        "version: 1
systems:
  a: { url: { env: A_URL }, username: { env: A_USER }, api_key: { env: K } }
  b: { url: { env: B_URL }, username: u, api_key: { env: K }, tls: { sha256: { env: B_PIN } } }
",
    )
    .expect("a manifest");
    let env = |name: &str| match name {
        "B_URL" => Some("http://hunter2".to_owned()),
        "B_PIN" => Some("hunter2".to_owned()),
        _ => None,
    };
    let errors = render(&document.lower(&env).expect_err("no manifest"), false, 120);
    assert!(!errors.contains("hunter2"), "{errors}");
    assert_snapshot!(errors, @"
    error: 3 environment variables are not set
     --> trueup.yaml:3:8
      |
    3 |   a: { url: { env: A_URL }, username: { env: A_USER }, api_key: { env: K } }
      |        ^^^                  -------- expected the name of an account   - expected the API key
      |        |
      |        expected the address of a TrueNAS, `https://HOST`
    4 |   b: { url: { env: B_URL }, username: u, api_key: { env: K }, tls: { sha256: { env: B_PIN } } }
      |                                                          - expected the API key
      |
      = help: `export NAME=…` sets one, `set -a; . FILE; set +a` those that a file assigns; what is no API key may be
              written here instead

    error: the value of the environment variable `B_URL`: an API key is never sent in the clear
     --> trueup.yaml:4:8
      |
    4 |   b: { url: { env: B_URL }, username: u, api_key: { env: K }, tls: { sha256: { env: B_PIN } } }
      |        ^^^ expected the address of a TrueNAS, `https://HOST`
      |
      = help: write `https://`: TrueNAS revokes an API key that reaches it unencrypted; a self-signed certificate is
              pinned with `tls: { sha256: … }`, which `trueup trust URL` prints

    error: the value of the environment variable `B_PIN`: this is no SHA-256 fingerprint
     --> trueup.yaml:4:70
      |
    4 |   b: { url: { env: B_URL }, username: u, api_key: { env: K }, tls: { sha256: { env: B_PIN } } }
      |                                                                      ^^^^^^ expected a certificate's SHA-256 fingerprint
      |
      = help: write 64 hexadecimal digits, with or without colons; `trueup trust URL` prints them

    3 errors in trueup.yaml
    ");
}

#[test]
fn a_replication_needs_no_more_than_its_ends() {
    let text = "  a: { source: { system: boston }, destination: { system: chicago, admin: r } }\n";
    assert_eq!(replication_errors(text), "no errors");
}

#[test]
fn a_key_in_the_place_of_another_variable_is_not_quoted() {
    let key = format!("7-{}", "k".repeat(64));
    let text = "version: 1\nsystems:\n  a: { url: https://a, username: { env: A_USER }, api_key: { env: K } }\n";
    let document = parse(text).expect("a manifest");
    let env = |_: &str| Some(key.clone());
    let errors = document.lower(&env).expect_err("a key is no name");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].title, "the value of the environment variable `A_USER` is a secret");
}
