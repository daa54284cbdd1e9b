//! Roles, and which others each of them includes.
//!
//! Source: `role.py` of TS-25.04.2.6, TS-25.10.6 and 26.0.0.

use std::collections::BTreeSet;

use super::release::Release;

/// What has a `_READ` role and a `_WRITE` role.
const SUBJECTS: &str = "ACCOUNT ALERT ALERT_LIST API_KEY APPS AUTH_SESSIONS BOOT_ENV CATALOG \
    CERTIFICATE CLOUD_BACKUP CLOUD_SYNC DATASET DIRECTORY_SERVICE DISK DOCKER ENCLOSURE FAILOVER \
    FILESYSTEM_ATTRS FILESYSTEM_DATA IPMI JBOF KEYCHAIN_CREDENTIAL KMIP NETWORK_GENERAL \
    NETWORK_INTERFACE POOL POOL_SCRUB PRIVILEGE REPLICATION_TASK REPLICATION_TASK_CONFIG REPORTING \
    SERVICE SHARING SHARING_FTP SHARING_ISCSI SHARING_ISCSI_AUTH SHARING_ISCSI_EXTENT \
    SHARING_ISCSI_GLOBAL SHARING_ISCSI_HOST SHARING_ISCSI_INITIATOR SHARING_ISCSI_PORTAL \
    SHARING_ISCSI_TARGET SHARING_ISCSI_TARGETEXTENT SHARING_NFS SHARING_SMB \
    SNAPSHOT SNAPSHOT_TASK SSH SUPPORT SYSTEM_ADVANCED SYSTEM_AUDIT SYSTEM_CRON SYSTEM_GENERAL \
    SYSTEM_SECURITY SYSTEM_TUNABLE SYSTEM_UPDATE TRUECOMMAND TRUENAS_CONNECT VM \
    VM_DEVICE";
const SUBJECTS_25_04: &str = "CERTIFICATE_AUTHORITY";
const SUBJECTS_25: &str = "VIRT_GLOBAL VIRT_IMAGE VIRT_INSTANCE";
const SUBJECTS_SINCE_25_10: &str = "SHARING_NVME_TARGET SYSTEM_PRODUCT";
const SUBJECTS_26: &str =
    "CONTAINER CONTAINER_DEVICE CONTAINER_IMAGE LXC_CONFIG SHARING_WEBSHARE ZFS_RESOURCE";
/// Roles that are neither.
const OTHERS: &str = "DATASET_DELETE FILESYSTEM_FULL_CONTROL FULL_ADMIN READONLY_ADMIN \
    REPLICATION_ADMIN REPLICATION_TASK_WRITE_PULL SHARING_ADMIN SNAPSHOT_DELETE";
const OTHERS_25: &str = "VIRT_INSTANCE_DELETE";
const OTHERS_25_10: &str = "ZFS_RESOURCE_READ";
const OTHERS_SINCE_25_10: &str = "MAIL_WRITE";
const OTHERS_26: &str = "ZFS_RESOURCE_DELETE";

/// Roles that open the web interface: those made to be given to people.
pub const FOR_PEOPLE: [&str; 4] =
    ["FULL_ADMIN", "READONLY_ADMIN", "REPLICATION_ADMIN", "SHARING_ADMIN"];

/// Every role of a release.
pub fn all(release: &str) -> BTreeSet<String> {
    let (subjects, others): (&[&str], &[&str]) = match Release::of(release) {
        Release::V25_04 => (&[SUBJECTS_25, SUBJECTS_25_04], &[OTHERS_25]),
        Release::V25_10 => {
            (&[SUBJECTS_25, SUBJECTS_SINCE_25_10], &[OTHERS_25, OTHERS_25_10, OTHERS_SINCE_25_10])
        }
        Release::V26_0 | Release::V27_0 => {
            (&[SUBJECTS_SINCE_25_10, SUBJECTS_26], &[OTHERS_SINCE_25_10, OTHERS_26])
        }
    };
    let words = |first: &'static str, more: &'static [&'static str]| {
        first.split_whitespace().chain(more.iter().flat_map(|names| names.split_whitespace()))
    };
    let pairs = words(SUBJECTS, subjects)
        .flat_map(|subject| [format!("{subject}_READ"), format!("{subject}_WRITE")]);
    pairs.chain(words(OTHERS, others).map(str::to_owned)).collect()
}

/// The roles that these ones amount to; unknown ones amount to nothing.
pub fn expand<'a>(roles: impl IntoIterator<Item = &'a str>, release: &str) -> BTreeSet<String> {
    let known = all(release);
    let mut open: Vec<String> = roles.into_iter().map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    while let Some(role) = open.pop() {
        if role == "FULL_ADMIN" {
            return known;
        }
        if known.contains(&role) && found.insert(role.clone()) {
            open.extend(includes(&role, &known));
        }
    }
    found
}

/// The roles that a role names as its parts.
pub fn includes(role: &str, known: &BTreeSet<String>) -> Vec<String> {
    let named = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect();
    let below = |prefix: &str, suffix: &str| -> Vec<String> {
        let inner = |other: &&String| {
            other.strip_prefix(prefix).is_some_and(|rest| {
                // Of SHARING its services, not their parts.
                rest.strip_suffix(suffix).is_some_and(|rest| {
                    !rest.is_empty() && (prefix != "SHARING_" || !rest.starts_with("ISCSI_"))
                })
            })
        };
        known.iter().filter(inner).cloned().collect()
    };
    match role {
        "READONLY_ADMIN" => known.iter().filter(|role| role.ends_with("_READ")).cloned().collect(),
        "REPLICATION_ADMIN" => named(&[
            "KEYCHAIN_CREDENTIAL_WRITE",
            "REPLICATION_TASK_CONFIG_WRITE",
            "REPLICATION_TASK_WRITE",
            "SNAPSHOT_TASK_WRITE",
            "SNAPSHOT_WRITE",
        ]),
        "SHARING_ADMIN" => named(&[
            "READONLY_ADMIN",
            "DATASET_WRITE",
            "SHARING_WRITE",
            "ZFS_RESOURCE_WRITE",
            "FILESYSTEM_ATTRS_WRITE",
            "SERVICE_READ",
        ]),
        "FILESYSTEM_FULL_CONTROL" => named(&["FILESYSTEM_ATTRS_WRITE", "FILESYSTEM_DATA_WRITE"]),
        "REPLICATION_TASK_WRITE_PULL" => named(&["REPLICATION_TASK_WRITE"]),
        "ALERT_READ" => named(&["ALERT_LIST_READ"]),
        "ALERT_WRITE" => named(&["ALERT_LIST_WRITE", "ALERT_READ"]),
        "VM_DEVICE_READ" => named(&["VM_READ"]),
        "VM_DEVICE_WRITE" => named(&["VM_WRITE", "VM_DEVICE_READ"]),
        "CONTAINER_DEVICE_READ" => named(&["CONTAINER_READ"]),
        "CONTAINER_DEVICE_WRITE" => named(&["CONTAINER_WRITE", "CONTAINER_DEVICE_READ"]),
        "APPS_READ" => named(&["CATALOG_READ"]),
        "APPS_WRITE" => named(&["CATALOG_WRITE", "APPS_READ"]),
        "POOL_READ" => named(&["POOL_SCRUB_READ"]),
        "POOL_WRITE" => named(&["POOL_READ", "POOL_SCRUB_WRITE"]),
        "SHARING_READ" => below("SHARING_", "_READ"),
        "SHARING_WRITE" => below("SHARING_", "_WRITE"),
        "SHARING_ISCSI_READ" => below("SHARING_ISCSI_", "_READ"),
        "SHARING_ISCSI_WRITE" => below("SHARING_ISCSI_", "_WRITE"),
        // These say so in the source too: writing does not include reading.
        "SERVICE_WRITE" | "SYSTEM_AUDIT_WRITE" | "SYSTEM_PRODUCT_WRITE" | "MAIL_WRITE" => vec![],
        _ => role.strip_suffix("_WRITE").map(|it| format!("{it}_READ")).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_what_the_source_says() {
        assert_eq!(all("25.04.2.6").len(), 137);
        assert_eq!(all("25.10.6").len(), 141);
        assert_eq!(all("26.0.0").len(), 146);
        assert_eq!(expand(["FULL_ADMIN"], "26.0.0"), all("26.0.0"));
        let reader = expand(["READONLY_ADMIN"], "25.10.6");
        assert!(reader.contains("SSH_READ") && !reader.iter().any(|r| r.ends_with("_WRITE")));
        let service = expand(["SERVICE_WRITE", "NONSENSE"], "25.10.6");
        assert_eq!(service.into_iter().collect::<Vec<_>>(), ["SERVICE_WRITE"]);
        let sharing = expand(["SHARING_READ"], "26.0.0");
        assert!(sharing.contains("SHARING_ISCSI_AUTH_READ"));
        assert!(sharing.contains("SHARING_WEBSHARE_READ"));
    }
}
