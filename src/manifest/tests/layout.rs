//! Layouts of replications: which of them would lose data, and good ones beside them.

use super::errors;

/// A manifest of three systems. A replication is written `NAME: SOURCE [DATASETS] -> DESTINATION
/// DATASET`, a home `SYSTEM ACCOUNT PATH`.
fn manifest(replications: &[&str], homes: &[&str]) -> String {
    let mut text = String::from("version: 1\nsystems:\n");
    for system in ["boston", "chicago", "denver"] {
        text += &format!("  {system}:\n    url: https://{system}\n    username: u\n");
        text += "    api_key: { env: K }\n    admins:\n      other: {}\n";
        for home in homes.iter().filter_map(|home| home.strip_prefix(system)) {
            let (account, path) = home.trim().split_once(' ').expect("an account and a path");
            text += &format!("      {account}: {{ home: {{ path: {path} }} }}\n");
        }
    }
    text += "replications:\n";
    for replication in replications {
        let (name, ends) = replication.split_once(": ").expect("a name");
        let (source, destination) = ends.split_once(" -> ").expect("two ends");
        let (from, datasets) = source.split_once(' ').expect("a source and datasets");
        let (to, dataset) = destination.split_once(' ').unwrap_or((destination, ""));
        let dataset =
            if dataset.is_empty() { String::new() } else { format!(", dataset: {dataset}") };
        text += &format!("  {name}:\n    source: {{ system: {from}, datasets: {datasets} }}\n");
        text += &format!("    destination: {{ system: {to}, admin: other{dataset} }}\n");
    }
    text
}

#[test]
fn layouts_that_lose_data_are_errors() {
    let ab = "a: boston [tank/data] -> chicago backup/boston";
    let cases: &[(&[&str], &[&str], &str)] = &[
        // What is sent.
        (&["a: boston [] -> chicago backup/boston"], &[], "`source.datasets` is empty"),
        (&["a: boston [] -> chicago"], &[], "`source.datasets` is empty"),
        (&["a: boston [tank/a, tank/a] -> chicago b/x"], &[], "`tank/a` is sent twice"),
        (&["a: boston [tank/a, tank/b, tank/a] -> chicago"], &[], "`tank/a` is sent twice"),
        // A pool's root.
        (&["a: boston [tank/data] -> chicago backup"], &[], "`backup` is the root of a pool"),
        (&["a: boston [tank] -> chicago backup"], &[], "`backup` is the root of a pool"),
        (&["a: boston [tank, tank/a] -> chicago backup"], &[], "`backup` is the root of a pool"),
        // Two into one.
        (
            &[ab, "b: denver [tank/x] -> chicago backup/boston"],
            &[],
            "`a` and `b` write to the same dataset",
        ),
        (
            &[ab, "b: denver [tank/x] -> chicago backup/boston/deep"],
            &[],
            "`a` and `b` write to the same dataset",
        ),
        (
            &["a: boston [tank/data] -> chicago backup/x/y", "b: denver [t/x] -> chicago backup/x"],
            &[],
            "`a` and `b` write to the same dataset",
        ),
        (
            &["a: boston [t/a, t/b] -> chicago b/x", "b: denver [t/y] -> chicago b/x/a"],
            &[],
            "`a` and `b` write to the same dataset",
        ),
        (
            &["a: boston [t/a, t/b] -> chicago b/x", "b: denver [t/c, t/b] -> chicago b/x"],
            &[],
            "`a` and `b` write to the same dataset",
        ),
        // To itself.
        (&["a: boston [tank/data] -> boston tank/data/copy"], &[], "replicates `boston` to itself"),
        (&["a: boston [tank/data/x] -> boston tank/data"], &[], "replicates `boston` to itself"),
        // Loops.
        (
            &[ab, "b: chicago [backup/boston] -> boston tank/data"],
            &[],
            "replications form a loop: a → b → a",
        ),
        (
            &[ab, "b: chicago [backup/boston/sub] -> boston tank/data/sub"],
            &[],
            "replications form a loop: a → b → a",
        ),
        (
            &[
                "a: boston [tank] -> chicago backup/boston",
                "b: chicago [backup] -> boston tank/chicago",
            ],
            &[],
            "replications form a loop: a → b → a",
        ),
        (
            &[
                ab,
                "b: chicago [backup/boston] -> denver vault/boston",
                "c: denver [vault/boston] -> boston tank/data",
            ],
            &[],
            "replications form a loop: a → b → c → a",
        ),
        // Homes.
        (&[ab], &["chicago r /mnt/backup/boston/r"], "the home of `r` is inside the destination"),
        (&[ab], &["chicago r /mnt/backup/boston"], "the home of `r` is inside the destination"),
        (&[ab], &["chicago r /mnt/backup/boston/home/r"], "the home of `r` is inside"),
        (
            &["a: boston [tank/data] -> chicago backup/home"],
            &["chicago r /mnt/backup/home/r"],
            "the home of `r` is inside the destination of `a`",
        ),
        (
            &["a: boston [tank/data] -> chicago backup/all"],
            &["chicago r /mnt/backup/all/home/r"],
            "the home of `r` is inside the destination of `a`",
        ),
        (
            &["a: boston [t/a, t/homes] -> chicago backup"],
            &["chicago r /mnt/backup/homes/r"],
            "the home of `r` is inside the destination of `a`",
        ),
    ];
    for (replications, homes, title) in cases {
        let told = errors(&manifest(replications, homes));
        assert!(told.contains(title), "{replications:?} {homes:?}:\n{told}");
        assert!(told.contains("\n1 error in"), "{replications:?} {homes:?}:\n{told}");
    }
}

#[test]
fn layouts_that_lose_nothing_are_accepted() {
    let ab = "a: boston [tank/data] -> chicago backup/boston";
    let cases: &[(&[&str], &[&str])] = &[
        (&[ab], &["chicago r /mnt/backup/home/r", "boston r /mnt/tank/data/home/r"]),
        // A name that only begins like the destination's.
        (&[ab], &["chicago r /mnt/backup/boston2/r"]),
        (&[ab, "b: denver [tank/data] -> chicago backup/boston-2"], &[]),
        // A dataset that goes to two places.
        (&[ab, "b: boston [tank/data] -> denver backup/boston"], &[]),
        (&[ab, "b: boston [tank/data] -> chicago backup/weekly"], &[]),
        // Both ways, with datasets of their own.
        (&[ab, "b: chicago [tank/data] -> boston backup/chicago"], &[]),
        // A chain.
        (
            &[
                ab,
                "b: chicago [backup/boston] -> denver vault/boston",
                "c: denver [tank/x] -> boston tank/from-denver",
            ],
            &[],
        ),
        // Several sources below one dataset, and into a pool's root: each has its own.
        (&["a: boston [t/a, t/b] -> chicago b/x", "b: denver [t/c, t/d] -> chicago b/x"], &[]),
        (&["a: boston [t/a, t/b] -> chicago backup"], &["chicago r /mnt/backup/home/r"]),
        (&["a: boston [t/a, t/b] -> chicago b/x"], &["chicago r /mnt/b/x/home/r"]),
        // A source above another.
        (&["a: boston [tank/data, tank/data/sub] -> chicago backup/boston"], &[]),
        // Nothing is said of the destination.
        (&["a: boston [tank/data] -> chicago", "b: denver [tank/data] -> chicago"], &[]),
    ];
    for (replications, homes) in cases {
        let told = errors(&manifest(replications, homes));
        assert_eq!(told, "no errors", "{replications:?} {homes:?}");
    }
}

#[test]
fn errors_show_both_places() {
    insta::assert_snapshot!(
        errors(&manifest(
            &[
                "offsite: boston [tank/data] -> chicago backup/boston",
                "second: denver [tank/x] -> chicago backup/boston/denver",
                "back: chicago [backup/boston] -> boston tank/data",
                "root: boston [tank/data, tank/data] -> denver vault",
                "none: boston [] -> denver",
            ],
            &["chicago replicator /mnt/backup/boston/replicator"]
        )),
        @r#"
    error: the home of `replicator` is inside the destination of `offsite`
      --> trueup.yaml:15:35
       |
    15 |       replicator: { home: { path: /mnt/backup/boston/replicator } }
       |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ inside `backup/boston`
    ...
    25 |     destination: { system: chicago, admin: other, dataset: backup/boston }
       |                                                            ------------- `offsite` writes to `backup/boston`
       |
       = help: choose a home outside of it, such as `/mnt/backup/home/replicator`: the replication overwrites everything
               in its destination, the account's keys included

    error: replications form a loop: back → offsite → back
      --> trueup.yaml:25:60
       |
    25 |     destination: { system: chicago, admin: other, dataset: backup/boston }
       |                                                            ^^^^^^^^^^^^^ `back` starts from what is written here
    ...
    31 |     destination: { system: boston, admin: other, dataset: tank/data }
       |                                                           --------- `back` writes to `tank/data`
       |
       = help: send only datasets that no replication of the loop writes to, or leave one of them out

    error: `offsite` and `second` write to the same dataset
      --> trueup.yaml:28:60
       |
    25 |     destination: { system: chicago, admin: other, dataset: backup/boston }
       |                                                            ------------- `offsite` writes to `backup/boston`
    ...
    28 |     destination: { system: chicago, admin: other, dataset: backup/boston/denver }
       |                                                            ^^^^^^^^^^^^^^^^^^^^ writes to `backup/boston/denver`
       |
       = help: give each replication a destination of its own that is not inside another's: each would destroy what the
               other has written

    error: `tank/data` is sent twice
      --> trueup.yaml:33:53
       |
    33 |     source: { system: boston, datasets: [tank/data, tank/data] }
       |                                          ---------  ^^^^^^^^^ here again
       |                                          |
       |                                          first here
       |
       = help: name each dataset once

    error: the destination `vault` is the root of a pool
      --> trueup.yaml:34:59
       |
    34 |     destination: { system: denver, admin: other, dataset: vault }
       |                                                           ^^^^^ a pool
       |
       = help: name a dataset below it, such as `vault/boston`: a replication overwrites its whole destination

    error: `source.datasets` is empty
      --> trueup.yaml:36:31
       |
    36 |     source: { system: boston, datasets: [] }
       |                               ^^^^^^^^ nothing would be sent
       |
       = help: name at least one dataset, or leave `datasets` out

    6 errors in trueup.yaml
    "#
    );
}
