//! Keys that 26.0 refuses by SCRAM: each reason has its own words and its own remedy.

use crate::support::{Fleet, Ran};

fn fleet() -> Fleet {
    let fleet = Fleet::start(
        r#"
systems:
  box:
    release: "26.0.0"
    pools: { tank: {} }
    users: { nobody: {}, planner: {}, other: {} }
    api_keys:
      expired: { username: planner, roles: [READONLY_ADMIN], key: 7-expired, expires_at: 1000 }
      revoked: { username: planner, roles: [READONLY_ADMIN], key: 8-revoked, expires_at: -1 }
      good: { username: planner, roles: [READONLY_ADMIN], key: 9-good }
      other: { username: other, roles: [READONLY_ADMIN], key: 10-other }
      nobody: { username: nobody, roles: [], key: 11-nobody }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
"#,
    );
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    fleet
}

fn refused(fleet: &Fleet, username: &str, key: &str) -> String {
    let mut command = fleet.command(&["plan"]);
    command.env("BOX_USERNAME", username).env("BOX_API_KEY", key);
    let ran = Ran::of(command.output().expect("trueup runs"), fleet).exits(1);
    let (notices, error) = ran.stderr.split_once("error: ").expect("an error");
    assert!(!notices.contains("error"), "{notices}");
    // Where lines break depends on the port.
    error.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_key_that_is_not_in_force() {
    let fleet = fleet();
    for key in ["7-expired", "8-revoked", "10-other", "99-unknown"] {
        assert_eq!(
            refused(&fleet, "planner", key),
            "`box` ($BOX_URL) could not be read: it refused the login: the API key has expired, \
             was revoked or deleted, or is not `planner`'s \
             help: In the web interface, $BOX_URL, look under Credentials > Users > API Keys: \
             create a new key for `planner` or reset this one, or correct the user name, which \
             must be that of the key's owner.",
            "{key}"
        );
    }
}

#[test]
fn a_wrong_key() {
    let fleet = fleet();
    assert_eq!(
        refused(&fleet, "planner", "9-goo"),
        "`box` ($BOX_URL) could not be read: it refused the login: the API key is wrong, although \
         `planner` has one of its number help: Check that the key was copied whole. If it was reset \
         since, take its new value; else create a new one in the web interface, $BOX_URL: \
         Credentials > Users > API Keys."
    );
}

#[test]
fn an_account_without_roles() {
    let fleet = fleet();
    assert_eq!(
        refused(&fleet, "nobody", "11-nobody"),
        "`box` ($BOX_URL) could not be read: `nobody` may log in but not use the API: the account \
         has no role help: Give the account a privilege: it needs a group that a privilege with \
         roles names (Credentials > Groups > Privileges). To plan, the role READONLY_ADMIN is \
         enough."
    );
}
