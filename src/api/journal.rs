//! The text of a service that did not start, reduced to what may be shown.
//!
//! With `silent: false` the system answers with the unit's journal, up to 64 kB, in which other
//! people's logins stand (recorded). Nothing in the error says that it is a journal: its errno is
//! the EFAULT that every unspecific error has.

/// The errno of an unspecific error.
const EFAULT: i64 = 14;

/// What the system says itself, without a journal (plugins/service.py).
const OWN_WORDS: [&str; 3] = [
    "Service not running after start",
    "Service still running after stop",
    "Timed out while starting the service",
];

/// The JSON-RPC code of a method that failed, in contrast to one that was not called properly.
const FAILED: i64 = -32001;

/// A reason without what a journal would tell of others: of a service method's unspecific error
/// only the lines that name `sshd_config` are kept.
pub fn without_journal(method: &str, code: i64, errno: Option<i64>, reason: &str) -> String {
    let may_be_a_journal = method.starts_with("service.")
        && code == FAILED
        && errno.is_none_or(|errno| errno == EFAULT);
    if !may_be_a_journal || OWN_WORDS.iter().any(|words| reason.trim() == *words) {
        return reason.trim().to_owned();
    }
    let mut lines: Vec<&str> =
        reason.lines().map(str::trim).filter(|line| line.contains("sshd_config")).collect();
    lines.dedup();
    if lines.is_empty() {
        return "the service did not do as it was told; its journal says why".to_owned();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_journal_only_the_lines_about_the_configuration_are_kept() {
        let journal = "Accepted publickey for alice from 10.0.0.9\n\
                       /etc/ssh/sshd_config line 40: Bad configuration option: NonsenseKeyword\n\
                       Failed password for root";
        assert_eq!(
            without_journal("service.control", FAILED, Some(EFAULT), journal),
            "/etc/ssh/sshd_config line 40: Bad configuration option: NonsenseKeyword"
        );
        let other = without_journal("service.start", FAILED, None, "Accepted publickey for alice");
        assert!(!other.contains("alice"), "{other}");
    }

    #[test]
    fn other_reasons_stay() {
        let reason = "Service nonsense not found.";
        assert_eq!(without_journal("service.control", FAILED, Some(2), reason), reason);
        assert_eq!(without_journal("pool.dataset.create", FAILED, Some(EFAULT), "a\nb"), "a\nb");
        let unknown = "Method does not exist";
        assert_eq!(without_journal("service.control", -32601, None, unknown), unknown);
        let own = "Service not running after start";
        assert_eq!(without_journal("service.control", FAILED, Some(EFAULT), own), own);
    }
}
