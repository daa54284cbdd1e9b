//! Keys and connections that several replications describe.

use insta::assert_snapshot;

use super::replication_errors;

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
