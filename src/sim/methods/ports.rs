//! `port.*`: which ports are taken, whether what uses them runs or not.
//!
//! Every service that listens registers its ports, and a setting that names one of them is
//! refused. The ports are those of the services' settings; the simulated services have none that
//! can be changed, so these are the defaults.
//!
//! Source: `plugins/ports/ports.py` (`validate_port`), `common/ports`, the classes
//! `*ServicePortDelegate`, and the column defaults of `services_ftp`, `services_iscsitargetglobal`,
//! `system_kmip` and `system_settings` in TS-25.04.2.6, TS-25.10.6 and 26.0.

use super::super::check::Errors;
use super::super::release::Release;

/// The ports that each of the other services takes.
const SERVICES: [(&str, &[u64]); 8] = [
    ("SMB Service", &[137, 138, 139, 445]),
    ("SNMP Service", &[160, 161]),
    ("Reporting Service", &[6999]),
    ("WebUI Service", &[80, 443]),
    ("iSCSI Service", &[3260]),
    ("FTP Service", &[21]),
    ("NFS Service", &[2049]),
    ("KMIP Service", &[5696]),
];
const SYSTEM: &[u64] = &[67, 123, 3702, 5353, 6000];
/// What the system takes besides since 26.0.
const SYSTEM_SINCE_26_0: &[u64] = &[1700];

/// Complains about a port for all addresses that another service than SSH takes.
pub(super) fn validate(release: Release, attribute: &str, port: u64, errors: &mut Errors) {
    let newer = if release < Release::V26_0 { &[] } else { SYSTEM_SINCE_26_0 };
    let system = [("System", SYSTEM), ("System", newer)];
    let users = SERVICES.into_iter().chain(system);
    // Nobody shares a port; an address of the other version, `::`, is not mentioned.
    for (user, _) in users.filter(|(_, ports)| ports.contains(&port)) {
        let message = format!(
            "The port is being used by following services:\n1) \"0.0.0.0:{port}\" used by {user}"
        );
        errors.add(attribute, message);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ask::{ask, system};

    /// Who is said to use a port that SSH is to get.
    fn user_of(release: &str, port: u64) -> Option<String> {
        let mut system = system(release, "pools: {tank: {}}");
        let refusal = ask(&mut system, "ssh.update", json!([{"tcpport": port}])).err()?;
        let before = format!(
            "ssh_update.tcpport: The port is being used by following services:\n\
             1) \"0.0.0.0:{port}\" used by "
        );
        let user = refusal.strip_prefix(&before);
        Some(user.unwrap_or_else(|| panic!("{refusal}")).to_owned())
    }

    #[test]
    fn ports_of_services_are_taken_although_they_are_stopped() {
        for (port, user) in [
            (21, "FTP Service"),
            (80, "WebUI Service"),
            (443, "WebUI Service"),
            (445, "SMB Service"),
            (137, "SMB Service"),
            (160, "SNMP Service"),
            (161, "SNMP Service"),
            (2049, "NFS Service"),
            (3260, "iSCSI Service"),
            (5696, "KMIP Service"),
            (6999, "Reporting Service"),
            (67, "System"),
            (6000, "System"),
        ] {
            for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
                assert_eq!(user_of(release, port).as_deref(), Some(user), "{release}, {port}");
            }
        }
    }

    #[test]
    fn the_system_takes_another_port_since_26_0() {
        assert_eq!(user_of("25.10.6", 1700), None);
        assert_eq!(user_of("26.0.0", 1700).as_deref(), Some("System"));
    }

    #[test]
    fn every_other_port_may_be_taken_and_its_own_kept() {
        for port in [20, 22, 53, 162, 873, 5900, 8080] {
            assert_eq!(user_of("25.10.6", port), None, "{port}");
        }
    }
}
