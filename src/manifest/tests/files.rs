//! Several files are one manifest; and files that cannot be read.

use std::fs;

use insta::assert_snapshot;

use super::parse_all;
use crate::manifest::load;
use crate::render::diagnostic::render;

/// What is printed for several files.
fn errors(files: &[(&str, &str)]) -> String {
    parse_all(files).map_or_else(|errors| render(&errors, false, 120), |_| "no errors".into())
}

#[test]
fn an_entry_may_be_spread_over_files() {
    let files = [
        (
            "access.yaml",
            "version: 1\nsystems: { a: { url: https://a, username: u, api_key: { env: K } } }\n",
        ),
        (
            "a.yaml",
            "version: 1\nsystems: { a: { ssh: { port: 22 }, datasets: { t/x: { atime: on } } } }\n",
        ),
        (
            "b.yaml",
            "version: 1\nsystems: { a: { ssh: { running: true }, datasets: { t/x: , t/y: } } }\n",
        ),
    ];
    let document = parse_all(&files).expect("a manifest");
    let manifest = document.lower(&|_| None).expect("nothing from the environment");
    let resources: Vec<_> = manifest.resources.keys().map(ToString::to_string).collect();
    assert_eq!(resources, ["a/dataset/t/x", "a/dataset/t/y", "a/ssh_service"]);
    let service = manifest.resources.values().nth(2).expect("the service");
    let places: Vec<_> = service.fields.values().map(|it| it.place.clone()).collect();
    let files: Vec<_> = places.into_iter().flatten().map(|place| place.file).collect();
    assert_eq!(files, ["a.yaml".into(), "b.yaml".into()]);
}

#[test]
fn a_field_is_given_once() {
    assert_snapshot!(
        errors(&[
            ("a.yaml", "version: 1\nsystems: { a: { url: https://a, username: u, api_key: { env: K } } }\n"),
            ("b.yaml", "version: 1\nsystems:\n  a:\n    url: https://b\n    api_key: { file: k }\n    username: [x]\n"),
        ]),
        @r#"
          error: `url` is given twice
           --> b.yaml:4:10
            |
          4 |     url: https://b
            |          ^^^^^^^^^ here again
            |
           ::: a.yaml:2:22
            |
          2 | systems: { a: { url: https://a, username: u, api_key: { env: K } } }
            |                      --------- first here
            |
            = help: several files are one manifest: write each field in one of them

          error: more than one of `env` and `file`
           --> b.yaml:5:22
            |
          5 |     api_key: { file: k }
            |                      ^
            |
           ::: a.yaml:2:62
            |
          2 | systems: { a: { url: https://a, username: u, api_key: { env: K } } }
            |                                                              - the other is here
            |
            = help: write one of them: leave `file` out, or the other

          error: `username` is given twice
           --> b.yaml:6:5
            |
          6 |     username: [x]
            |     ^^^^^^^^ here again
            |
           ::: a.yaml:2:43
            |
          2 | systems: { a: { url: https://a, username: u, api_key: { env: K } } }
            |                                           - first here
            |
            = help: several files are one manifest: write each field in one of them

          3 errors in b.yaml
        "#
    );
}

#[test]
fn a_copy_beside_the_manifest_is_one_mistake() {
    let manifest = "version: 1\nsystems:\n  a:\n    url: https://a\n    username: u\n    api_key: { env: K }\n    tls: { ca_file: ca.pem }\n";
    assert_snapshot!(
        errors(&[
            ("a.yaml", "version: 1\nsystems: { a: { ssh: { running: true } } }\n"),
            ("m.yaml", manifest),
            ("old.yaml", &format!("{manifest}    ssh: {{ running: true }}\n")),
            ("other.yaml", "release: 26.0.0\n"),
        ]),
        @"
    error: `url` is given twice, as are 3 more fields of `old.yaml`
     --> old.yaml:4:10
      |
    4 |     url: https://a
      |          ^^^^^^^^^ here again
      |
     ::: m.yaml:4:10
      |
    4 |     url: https://a
      |          --------- first here
      |
      = help: several files are one manifest: write each field in one of them; if `old.yaml` is a copy of `m.yaml`,
              keep it in another folder

    error: `running` is given twice
     --> old.yaml:8:21
      |
    8 |     ssh: { running: true }
      |                     ^^^^ here again
      |
     ::: a.yaml:2:33
      |
    2 | systems: { a: { ssh: { running: true } } }
      |                                 ---- first here
      |
      = help: several files are one manifest: write each field in one of them

    error: the manifest's version is missing
     --> other.yaml:1:1
      |
    1 | release: 26.0.0
      | ^
      |
      = help: begin every file with `version: 1`, or keep it elsewhere if it is no manifest

    error: unknown key `release` in the manifest
     --> other.yaml:1:1
      |
    1 | release: 26.0.0
      | ^^^^^^^ no such key
      |
      = help: the keys of the manifest are `version`, `systems`, `replications` and `accept_drift`

    4 errors in 2 files
    "
    );
}

#[test]
fn what_another_file_may_say_is_not_missed() {
    assert_snapshot!(
        errors(&[
            ("a.yaml", "version: 1\nsystems: { a: { url: http://a } }\n"),
            ("b.yaml", "version: 1\nsystems: {\n"),
        ]),
        @"
    error: an API key is never sent in the clear
     --> a.yaml:2:22
      |
    2 | systems: { a: { url: http://a } }
      |                      ^^^^^^^^ not encrypted
      |
      = help: write `https://`: TrueNAS revokes an API key that reaches it unencrypted; a self-signed certificate is
              pinned with `tls: { sha256: … }`, which `trueup trust URL` prints

    error: this is not valid YAML: unclosed bracket '{'
     --> b.yaml:2:10
      |
    2 | systems: {
      |          ^ inside of brackets
      |
      = help: check that every `{` and `[` is closed, with commas in between

    2 errors in 2 files
    "
    );
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let bytes = folder.path().join("bytes.yaml");
    fs::write(&bytes, b"version: 1\nsystems: \xff # and more\n").expect("a file");
    let large = folder.path().join("large.yaml");
    fs::write(&large, "#".repeat(2 << 20)).expect("a file");
    let missing = folder.path().join("missing.yaml");
    let errors = load(&[empty, bytes, large, missing]).expect_err("no manifest");
    let shown = render(&errors, false, 120).replace(&folder.path().display().to_string(), "FOLDER");
    assert_snapshot!(shown, @"
    error: `FOLDER/large.yaml` is larger than 1 MiB
     |
     = help: is this a manifest? a large one may be spread over several files

    error: the directory `FOLDER/empty` holds no `*.yaml` and no `*.yml`
     |
     = help: name a manifest with `-f`, or put one into the directory; directories below it are not looked into

    error: the manifest `FOLDER/missing.yaml` is not there
     |
     = help: name a manifest with `-f FILE`, or have a first one written from two systems as they are: `trueup init
             SOURCE_URL DESTINATION_URL`

    error: `FOLDER/bytes.yaml` is not UTF-8 text
     --> FOLDER/bytes.yaml:2:10
      |
    2 | systems: � # and more
      |          ^ not a UTF-8 character
      |
      = help: save the file as UTF-8

    4 errors in FOLDER/bytes.yaml
    ");
}

#[test]
fn a_folder_is_its_files_in_order_and_none_counts_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let first = write("a.yml", "version: 1\nsystems: { a: { url: https://a, username: u } }\n");
    write("b.yaml", "version: 1\nsystems: { a: { api_key: { file: key } } }\n");
    write("C.YAML", "version: 1\nsystems: { a: { ssh: { port: 22 } } }\n");
    write("D.Yml", "version: 1\nsystems: { a: { ssh: { running: true } } }\n");
    write("notes.txt", "no manifest");
    write(".hidden.yaml", "no manifest");
    let document = load(&[first, folder.path().to_owned()]).expect("a manifest");
    let manifest = document.lower(&|_| None).expect("nothing from the environment");
    let key = crate::model::KeySource::File(folder.path().join("key"));
    assert_eq!(manifest.systems["a"].endpoint.api_key, key);
    let first = manifest.resources.values().next().expect("a resource");
    let fields: Vec<&String> = first.fields.keys().collect();
    assert_eq!(fields, ["port", "running"], "from files whose names end in upper case");
}

#[test]
fn what_is_something_else_of_trueups_is_one_mistake() {
    assert_snapshot!(
        errors(&[
            ("drift.json", r#"{ "format_version": "1.1", "tool_version": "0.1.0", "items": [] }"#),
            ("fleet.yaml", "systems: { a: { pools: { tank: }, release: 26.0.0 } }\n"),
            (
                "plan.json",
                r#"{ "format_version": "1.1", "tool_version": "0.1.0", "blocked": [], "steps": [{ "$secret": "private_key" }] }"#,
            ),
        ]),
        @r#"
    error: this is a report of trueup's, no manifest
     --> drift.json:1:3
      |
    1 | { "format_version": "1.1", "tool_version": "0.1.0", "items": [] }
      |   ^^^^^^^^^^^^^^^^
      |
      = help: `trueup drift --baseline FILE` tells what changed since it

    error: this is a fleet file, no manifest: it describes simulated systems
     --> fleet.yaml:1:35
      |
    1 | systems: { a: { pools: { tank: }, release: 26.0.0 } }
      |                                   ^^^^^^^
      |
      = help: `trueup sim FILE` runs them; keep it out of a folder that `-f` names

    error: this is a saved plan, no manifest
     --> plan.json:1:3
      |
    1 | { "format_version": "1.1", "tool_version": "0.1.0", "blocked": [], "steps": [{ "$secret": "private_key" }] }
      |   ^^^^^^^^^^^^^^^^
      |
      = help: `trueup show FILE` prints it, `trueup apply --plan FILE` does it

    3 errors in 3 files
    "#
    );
}

#[test]
fn a_manifest_with_a_key_of_theirs_stays_one() {
    for text in [
        "version: 1\nformat_version: 1\nsystems: { a: { release: 26.0.0 } }\n",
        "format_version: 1\nsystems: { a: { url: https://a, release: 26.0.0 } }\n",
    ] {
        let said = errors(&[("m.yaml", text)]);
        assert!(said.contains("unknown key `format_version`"), "{said}");
        assert!(said.contains("unknown key `release`"), "{said}");
    }
}
