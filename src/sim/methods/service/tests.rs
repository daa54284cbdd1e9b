use serde_json::json;

use super::super::super::system::System;
use super::super::ask::{ask, ask_as, system};

const RELEASES: [&str; 3] = ["25.04.2.6", "25.10.6", "26.0.0"];

fn nas(release: &str) -> System {
    system(release, "pools: {tank: {}}")
}

#[test]
fn an_unknown_service_is_missed_without_a_name() {
    for release in RELEASES {
        assert_eq!(
            ask(&mut nas(release), "service.get_instance", json!([987_654])),
            Err("None:  987654 does not exist".to_owned())
        );
    }
}

#[test]
fn a_time_that_is_over_ends_the_work_before_it_begins() {
    for timeout in [-1, 0] {
        let mut system = nas("25.10.6");
        for (verb, doing) in [
            ("START", "starting"),
            ("STOP", "stopping"),
            ("RESTART", "restarting"),
            ("RELOAD", "reloading"),
        ] {
            let silent = json!([verb, "ssh", {"timeout": timeout}]);
            assert_eq!(ask(&mut system, "service.control", silent), Ok(json!(false)));
            let loud = json!([verb, "ssh", {"timeout": timeout, "silent": false}]);
            assert_eq!(
                ask(&mut system, "service.control", loud),
                Err(format!("[ETIMEDOUT] Timed out while {doing} the service"))
            );
        }
        assert_eq!(system.runs("ssh"), Some(false));
        let in_time = json!(["START", "ssh", {"timeout": 1}]);
        assert_eq!(ask(&mut system, "service.control", in_time), Ok(json!(true)));
    }
}

#[test]
fn a_reload_starts_what_cannot_be_reloaded_up_to_25_10() {
    let reload = |release: &str, service: &str| {
        let mut system = nas(release);
        let reloaded = ask(&mut system, "service.control", json!(["RELOAD", service]));
        (reloaded, system.runs(service))
    };
    assert_eq!(reload("25.10.6", "snmp"), (Ok(json!(true)), Some(true)));
    assert_eq!(reload("25.10.6", "nfs"), (Ok(json!(false)), Some(false)));
    assert_eq!(reload("26.0.0", "snmp"), (Ok(json!(false)), Some(false)));
}

#[test]
fn a_sharing_role_is_told_what_it_may_not_do() {
    let refusal = |release: &str, verb: &str| {
        let call = ("service.control", json!([verb, "ssh"]));
        ask_as(&["SHARING_NFS_WRITE"], &mut nas(release), call.0, call.1).expect_err(verb)
    };
    let told = |errno: &str, action: &str| {
        format!("[{errno}] ssh: authenticated session lacks privilege to {action} service")
    };
    for (verb, old, new) in [
        ("START", ("EPERM", "start"), "start"),
        ("STOP", ("EFAULT", "stop"), "stop"),
        ("RELOAD", ("EPERM", "restart"), "reload"),
    ] {
        assert_eq!(refusal("25.10.6", verb), told(old.0, old.1));
        assert_eq!(refusal("26.0.0", verb), told("EPERM", new));
    }
}
