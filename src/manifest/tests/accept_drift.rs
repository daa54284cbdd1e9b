//! Accepted differences: what is wrong with them, and what becomes of them on a day.

use insta::assert_snapshot;
use jiff::civil::date;

use super::{parse_all, system_errors};
use crate::manifest::Manifest;
use crate::model::Address;

const SYSTEM: &str = "    ssh: { running: true }\n    datasets: { tank/x: { atime: off } }\n";

fn accept_errors(entries: &str) -> String {
    system_errors(&format!("{SYSTEM}accept_drift:\n{entries}"))
}

fn manifest(files: &[(&str, &str)]) -> Manifest {
    let document = parse_all(files).expect("a manifest");
    document.lower(&|_| None).expect("nothing from the environment")
}

const FILE: &str = "version: 1\nsystems:\n  boston:\n    url: https://boston\n    username: u\n    \
                    api_key: { env: K }\n    ssh: { running: true, port: 22 }\n";

#[test]
fn every_mistake_has_its_place_and_its_remedy() {
    assert_snapshot!(accept_errors(
        "  - { address: boston/ssh_servise, field: running, reason: r, until: 2030-01-01 }\n  \
         - { address: boston/ssh_service, field: runing, reason: r, until: 2030-01-01 }\n  \
         - { address: boston/dataset/tank/x, field: atime, reason: r, until: 2030-01-01 }\n"
    ));
    assert_snapshot!(accept_errors(
        "  - { address: boston, field: running, reason: \"  \", until: 2030-02-30 }\n  \
         - { address: boston/ssh_service, field: running, until: tomorrow }\n  \
         - { address: boston/ssh_service, field: running, reason: r, until: 2030-01-01, note: x }\n  \
         - running\n"
    ));
}

#[test]
fn a_right_entry_is_right_whatever_the_environment_lacks() {
    let entry =
        "  - { address: boston/ssh_service, field: running, reason: r, until: 2030-01-01 }\n";
    assert_eq!(accept_errors(entry), "no errors");
}

#[test]
fn it_holds_until_the_end_of_its_last_day() {
    let entry = "accept_drift:\n  - { address: boston/ssh_service, field: port, reason: r, until: 2030-01-02 }\n";
    let manifest = manifest(&[("a.yaml", &format!("{FILE}{entry}"))]);
    let accepts = |manifest: &Manifest| {
        let address = Address::singleton("boston", "ssh_service");
        let found = manifest.resources.get(&address);
        found.is_some_and(|want| want.accepts("port"))
    };
    assert!(!accepts(&manifest), "nothing is accepted before somebody looked at the calendar");
    assert!(accepts(&manifest.clone().on(date(2030, 1, 2))));
    assert!(!accepts(&manifest.on(date(2030, 1, 3))));
}

#[test]
fn the_lists_of_several_files_are_one_list_and_count_in_the_digest() {
    let entry = |field: &str| {
        format!(
            "accept_drift: [{{ address: boston/ssh_service, field: {field}, reason: r, until: 2030-01-02 }}]\n"
        )
    };
    let (first, second) =
        (format!("{FILE}{}", entry("port")), format!("version: 1\n{}", entry("running")));
    let both = manifest(&[("a.yaml", &first), ("b.yaml", &second)]);
    let accepted: Vec<&String> =
        both.resources.values().flat_map(|it| it.accepted.keys()).collect();
    assert_eq!(accepted, ["port", "running"]);
    assert_ne!(both.digest, manifest(&[("a.yaml", &first)]).digest);
}
