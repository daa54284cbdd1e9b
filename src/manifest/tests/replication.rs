//! Mistakes under `replications`.

use insta::assert_snapshot;

use super::replication_errors;

#[test]
fn what_a_replication_needs() {
    assert_snapshot!(
        replication_errors(
            "  a: {}
  b: { source: boston, destination: {} }
  c: { source: { datasets: tank/data }, destination: { system: chicago } }
  c d: { source: { system: boston }, destination: { system: chicago, admin: root } }
"
        ),
        @r#"
          error: `a` lacks `source` and `destination`
           --> trueup.yaml:6:3
            |
          6 |   a: {}
            |   ^
            |
            = help: write `source: { system: NAME }` and `destination: { system: NAME, admin: NAME }`

          error: expected a mapping, found the text `boston`
           --> trueup.yaml:7:16
            |
          7 |   b: { source: boston, destination: {} }
            |                ^^^^^^ `source` has several fields
            |
            = help: write `source: { system: boston }`

          error: `destination` lacks `system` and `admin`
           --> trueup.yaml:7:24
            |
          7 |   b: { source: boston, destination: {} }
            |                        ^^^^^^^^^^^
            |
            = help: write `system: NAME` and `admin: NAME`

          error: `source` lacks `system`
           --> trueup.yaml:8:8
            |
          8 |   c: { source: { datasets: tank/data }, destination: { system: chicago } }
            |        ^^^^^^
            |
            = help: write `system: NAME`

          error: expected a list, found the text `tank/data`
           --> trueup.yaml:8:28
            |
          8 |   c: { source: { datasets: tank/data }, destination: { system: chicago } }
            |                            ^^^^^^^^^
            |
            = help: write it as a list: [tank/data]

          error: `destination` lacks `admin`
           --> trueup.yaml:8:41
            |
          8 |   c: { source: { datasets: tank/data }, destination: { system: chicago } }
            |                                         ^^^^^^^^^^^
            |
            = help: write `admin: NAME`

          error: this is no name for a replication
           --> trueup.yaml:9:3
            |
          9 |   c d: { source: { system: boston }, destination: { system: chicago, admin: root } }
            |   ^^^
            |
            = help: a replication's name has letters, digits, `.`, `_` and `-`, and begins with a letter or a digit

          7 errors in trueup.yaml
        "#
    );
}

#[test]
fn unknown_systems_and_a_replication_to_itself() {
    assert_snapshot!(
        replication_errors(
            "  a: { source: { system: bostn }, destination: { system: denver, admin: r } }
  b: { source: { system: boston }, destination: { system: boston, admin: r } }
"
        ),
        @r#"
          error: unknown system `bostn`
           --> trueup.yaml:6:26
            |
          6 |   a: { source: { system: bostn }, destination: { system: denver, admin: r } }
            |                          ^^^^^ did you mean `boston`?
            |
            = help: under `systems:` there is `boston` and `chicago`; declare others there too

          error: unknown system `denver`
           --> trueup.yaml:6:58
            |
          6 |   a: { source: { system: bostn }, destination: { system: denver, admin: r } }
            |                                                          ^^^^^^ no such system
            |
            = help: under `systems:` there is `boston` and `chicago`; declare others there too

          error: `b` replicates `boston` to itself
           --> trueup.yaml:7:59
            |
          7 |   b: { source: { system: boston }, destination: { system: boston, admin: r } }
            |                          ------ the source                ^^^^^^ the same system
            |
            = help: name another system as the destination

          3 errors in trueup.yaml
        "#
    );
}

#[test]
fn datasets_keys_and_connections() {
    assert_snapshot!(
        replication_errors(
            "  a:
    source: { system: boston, datasets: [tank, tank/x@now, /mnt/tank] }
    destination: { system: chicago, dataset: backup/, admin: 9 }
    key: { name: '', authorize_on: [dest, everywhere] }
    connection: { host: \"nas:22\", port: 0, timeout: 0, user: root }
  b:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    key: boston-to-chicago
    connection: { host: root@nas, name: c2 }
"
        ),
        @r#"
          error: invalid dataset name
           --> trueup.yaml:7:48
            |
          7 |     source: { system: boston, datasets: [tank, tank/x@now, /mnt/tank] }
            |                                                ^^^^^^^^^^ this is a snapshot
            |
            = help: leave `@` and what follows out

          error: invalid dataset name
           --> trueup.yaml:7:60
            |
          7 |     source: { system: boston, datasets: [tank, tank/x@now, /mnt/tank] }
            |                                                            ^^^^^^^^^ this is a path
            |
            = help: leave `/mnt/` out: a dataset is named `POOL/NAME`

          error: invalid dataset name
           --> trueup.yaml:8:46
            |
          8 |     destination: { system: chicago, dataset: backup/, admin: 9 }
            |                                              ^^^^^^^ nothing before or after a `/`
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: expected the name of an account, found the number `9`
           --> trueup.yaml:8:62
            |
          8 |     destination: { system: chicago, dataset: backup/, admin: 9 }
            |                                                              ^
            |
            = help: if this is meant as text, write it in quotes: "9"

          error: invalid name of a credential
           --> trueup.yaml:9:18
            |
          9 |     key: { name: '', authorize_on: [dest, everywhere] }
            |                  ^^ empty
            |
            = help: write the name that it has in TrueNAS

          error: expected `source` or `destination`, found the text `dest`
           --> trueup.yaml:9:37
            |
          9 |     key: { name: '', authorize_on: [dest, everywhere] }
            |                                     ^^^^

          error: expected `source` or `destination`, found the text `everywhere`
           --> trueup.yaml:9:43
            |
          9 |     key: { name: '', authorize_on: [dest, everywhere] }
            |                                           ^^^^^^^^^^

          error: this is no host
            --> trueup.yaml:10:25
             |
          10 |     connection: { host: "nas:22", port: 0, timeout: 0, user: root }
             |                         ^^^^^^^^
             |
             = help: write the host alone, and the port under `port`

          error: expected a number between 1 and 65535, found the number `0`
            --> trueup.yaml:10:41
             |
          10 |     connection: { host: "nas:22", port: 0, timeout: 0, user: root }
             |                                         ^

          error: expected a number of seconds between 1 and 3600, found the number `0`
            --> trueup.yaml:10:53
             |
          10 |     connection: { host: "nas:22", port: 0, timeout: 0, user: root }
             |                                                     ^

          error: unknown key `user` in `connection`
            --> trueup.yaml:10:56
             |
          10 |     connection: { host: "nas:22", port: 0, timeout: 0, user: root }
             |                                                        ^^^^ no such key
             |
             = help: the keys of `connection` are `name`, `host`, `port` and `timeout`

          error: expected a mapping, found the text `boston-to-chicago`
            --> trueup.yaml:14:10
             |
          14 |     key: boston-to-chicago
             |          ^^^^^^^^^^^^^^^^^ `key` has several fields
             |
             = help: write `key: { name: boston-to-chicago }`

          error: this is no host
            --> trueup.yaml:15:25
             |
          15 |     connection: { host: root@nas, name: c2 }
             |                         ^^^^^^^^
             |
             = help: write the host alone: the user is `destination.admin`

          13 errors in trueup.yaml
        "#
    );
}

#[test]
fn the_admin_of_the_source() {
    assert_snapshot!(
        replication_errors(
            "  a:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    key: { authorize_on: [source, destination] }
  b:
    source: { system: chicago, admin: r }
    destination: { system: boston, admin: r }
"
        ),
        @"
    error: whose key should it be on the source?
     --> trueup.yaml:9:27
      |
    7 |     source: { system: boston }
      |     ------ no `admin` here
    8 |     destination: { system: chicago, admin: r }
    9 |     key: { authorize_on: [source, destination] }
      |                           ^^^^^^ needs `source.admin`
      |
      = help: write `admin: NAME` under `source`, or leave `source` out of `authorize_on`

    error: the source's admin has no part in this
      --> trueup.yaml:11:39
       |
    11 |     source: { system: chicago, admin: r }
       |                                       ^ not used
       |
       = help: write `authorize_on: [source, destination]` under `key` if the key should log in to it too, or leave
               `admin` out

    2 errors in trueup.yaml
    "
    );
}

#[test]
fn what_belongs_to_a_task_is_made_in_truenas() {
    assert_snapshot!(replication_errors("  a:
    source: { system: boston }
    destination: { system: chicago, admin: r }
    schedule: { minute: 0 }
"), @"
    error: unknown key `schedule` in a replication
     --> trueup.yaml:9:5
      |
    9 |     schedule: { minute: 0 }
      |     ^^^^^^^^ this belongs to a replication task
      |
      = help: leave it out: trueup prepares what replication tasks need; the tasks themselves, their schedules and
              snapshots are made in TrueNAS (Data Protection), over the connection that stands here

    1 error in trueup.yaml
    ");
}
