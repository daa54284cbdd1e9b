//! Keys and connections that several replications describe.

use insta::assert_snapshot;

use super::{errors, replication_errors};

#[test]
fn the_same_key_or_connection_described_differently() {
    assert_snapshot!(
        replication_errors(
            "  a:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    key: { authorize_on: [destination] }
    connection: { port: 22 }
  b:
    source: { system: boston, admin: r }
    destination: { system: chicago, admin: r }
    key: { authorize_on: [source] }
    connection: { port: 2222 }
  c:
    source: { system: boston }
    destination: { system: chicago, admin: other }
"
        ),
        @r#"
          error: two replications describe the key `boston-to-chicago` differently
            --> trueup.yaml:14:12
             |
           9 |     key: { authorize_on: [destination] }
             |            ------------ from this
          ...
          14 |     key: { authorize_on: [source] }
             |            ^^^^^^^^^^^^ `key.authorize_on` differs
             |
             = help: write the same, or give one of them another `key: { name: … }`

          error: two replications describe the connection `chicago` differently
            --> trueup.yaml:15:25
             |
          10 |     connection: { port: 22 }
             |                         -- from this
          ...
          15 |     connection: { port: 2222 }
             |                         ^^^^ `connection.port` differs
             |
             = help: write the same, or give one of them another `connection: { name: … }`

          error: two replications describe the connection `chicago` differently
            --> trueup.yaml:18:44
             |
           8 |     destination: { system: chicago, admin: r }
             |                                            - from this
          ...
          18 |     destination: { system: chicago, admin: other }
             |                                            ^^^^^ `destination.admin` differs
             |
             = help: write the same, or give one of them another `connection: { name: … }`

          3 errors in trueup.yaml
        "#
    );
}

#[test]
fn what_is_left_out_does_not_contradict() {
    let errors = replication_errors(
        "  a: { source: { system: boston }, destination: { system: chicago, admin: r } }
  b:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    key: { name: boston-to-chicago, authorize_on: [destination] }
    connection: { name: chicago, port: 22 }
",
    );
    assert_eq!(errors, "no errors");
}

#[test]
fn one_name_for_a_key_and_a_connection() {
    assert_snapshot!(
        replication_errors(
            "  a:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    key: { name: chicago }
"
        ),
        @r#"
          error: a key and a connection on `boston` are both named `chicago`
           --> trueup.yaml:6:3
            |
          6 |   a:
            |   ^ the connection
          ...
          9 |     key: { name: chicago }
            |                  ------- the key
            |
            = help: give one of them another `name`: TrueNAS keeps both in one list

          1 error in trueup.yaml
        "#
    );
}

#[test]
fn names_that_truenas_takes_and_those_that_no_plan_could_show() {
    let with = |name: &str| {
        let ends = "source: { system: boston }, destination: { system: chicago, admin: r }";
        replication_errors(&format!("  a: {{ {ends}, key: {{ name: {name} }} }}\n"))
    };
    for name in ["\" lead\"", "\"trail \"", "\"  \"", "Zürich → Chicago", "a/b#c", "'\"'"] {
        assert_eq!(with(name), "no errors", "{name}");
    }
    for (name, why) in [
        ("\"\"", "empty"),
        (r#""a\tb""#, "a control character"),
        (r#""a\nb""#, "a control character"),
    ] {
        assert!(with(name).contains(why), "{name}: {}", with(name));
    }
    let long = "x".repeat(1025);
    assert!(with(&long).contains("1025 characters"), "{}", with(&long));
}

/// A manifest whose systems have these URLs, with this connection.
fn between(source: &str, destination: &str, connection: &str) -> String {
    let system = |name: &str, url: &str| {
        format!("  {name}: {{ url: {url}, username: u, api_key: {{ env: K }} }}\n")
    };
    errors(&format!(
        "version: 1\nsystems:\n{}{}replications:\n  a:\n    source: {{ system: boston }}\n    \
         destination: {{ system: chicago, admin: r }}\n    connection: {{ {connection} }}\n",
        system("boston", source),
        system("chicago", destination),
    ))
}

#[test]
fn a_source_that_would_connect_to_itself() {
    assert_snapshot!(between("https://boston", "https://localhost:8443", ""), @r"
        error: `boston` would connect to itself
         --> trueup.yaml:4:19
          |
        4 |   chicago: { url: https://localhost:8443, username: u, api_key: { env: K } }
          |                   ^^^^^^^^^^^^^^^^^^^^^^ on `boston` this is `boston` itself
        5 | replications:
        6 |   a:
          |   - the connection's host is derived from that
          |
          = help: write the host that `boston` reaches `chicago` at: `connection: { host: HOST }`

        1 error in trueup.yaml
    ");
    let own = ["https://127.0.0.1:8443", "\"https://[::1]\"", "https://LOCALHOST"];
    for url in own {
        assert!(between("https://boston", url, "").contains("would connect to itself"), "{url}");
        for (source, connection) in [
            ("https://boston", "host: 127.0.0.1"),
            ("https://boston", "host: { env: H }"),
            ("https://localhost:1", ""),
            ("{ env: U }", ""),
        ] {
            assert_eq!(
                between(source, url, connection),
                "no errors",
                "{source} {url} {connection}"
            );
        }
    }
    assert_eq!(between("https://boston", "{ env: U }", ""), "no errors");
    assert_eq!(between("https://localhost", "https://chicago", ""), "no errors");
}
