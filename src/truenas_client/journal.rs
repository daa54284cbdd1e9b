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

/// How many seconds after its complaint systemd may give up on a service: it tries five times.
const FIVE_ATTEMPTS: u32 = 3;

const SECONDS_PER_DAY: u32 = 24 * 60 * 60;

/// A reason as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// The text.
    pub text: String,
    /// Whether the service does not start because of a line in its configuration: trying again
    /// does not help.
    pub is_configuration_error: bool,
}

impl Reason {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), is_configuration_error: false }
    }
}

/// A reason without what a journal would tell of others: of a service method's unspecific error
/// only the lines that name `sshd_config` are kept, each once.
///
/// The journal reaches back to the last time that systemd really tried to start the service. While
/// it refuses to (for about 11 s after five failures, configuration repaired or not), the
/// complaints of that attempt are still there: they count only if they are as recent as the
/// journal's last line.
pub(super) fn without_journal(method: &str, code: i64, errno: Option<i64>, reason: &str) -> Reason {
    let may_be_a_journal = method.starts_with("service.")
        && code == FAILED
        && errno.is_none_or(|errno| errno == EFAULT);
    if !may_be_a_journal || OWN_WORDS.iter().any(|words| reason.trim() == *words) {
        return Reason::plain(reason.trim());
    }
    // A line begins with when, where and who; what is wrong begins with the file's path.
    let told = |line: &str| {
        let at = line.find("/etc/ssh/sshd_config").or_else(|| line.find("sshd_config"))?;
        Some(line[at..].trim().to_owned())
    };
    let mut lines: Vec<String> = Vec::new();
    let mut complained_at = None;
    for line in reason.lines() {
        let Some(complaint) = told(line) else { continue };
        complained_at = time_of_day(line);
        if !lines.contains(&complaint) {
            lines.push(complaint);
        }
    }
    if lines.is_empty() {
        return Reason::plain("the service did not do as it was told; its journal says why");
    }
    let ended_at = reason.lines().next_back().and_then(time_of_day);
    let is_recent = complained_at.zip(ended_at).is_none_or(|(complained, ended)| {
        (ended + SECONDS_PER_DAY - complained) % SECONDS_PER_DAY <= FIVE_ATTEMPTS
    });
    Reason { text: lines.join("; "), is_configuration_error: is_recent }
}

/// The second of the day that a line of a journal begins with: `Nov 03 12:00:00 sshd[7]: …`.
fn time_of_day(line: &str) -> Option<u32> {
    let mut parts = line.split_whitespace().nth(2)?.splitn(3, ':').map(str::parse::<u32>);
    let mut part = || parts.next().and_then(Result::ok);
    Some((part()? * 60 + part()?) * 60 + part()?)
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
            without_journal("service.control", FAILED, Some(EFAULT), journal).text,
            "/etc/ssh/sshd_config line 40: Bad configuration option: NonsenseKeyword"
        );
        let other = without_journal("service.start", FAILED, None, "Accepted publickey for alice");
        assert_eq!(other.text, "the service did not do as it was told; its journal says why");
        assert!(!other.is_configuration_error);
    }

    #[test]
    fn repeated_complaints_are_kept_once() {
        let attempt = "Nov 03 12:00:01 sshd[9]: /etc/ssh/sshd_config: line 40: Bad option\n\
                       Nov 03 12:00:01 sshd[9]: /etc/ssh/sshd_config: terminating, 1 bad option\n";
        let journal = attempt.repeat(5) + "Nov 03 12:00:02 systemd[1]: ssh.service: Failed";
        assert_eq!(
            without_journal("service.control", FAILED, Some(EFAULT), &journal),
            Reason {
                text: "/etc/ssh/sshd_config: line 40: Bad option; \
                       /etc/ssh/sshd_config: terminating, 1 bad option"
                    .into(),
                is_configuration_error: true,
            }
        );
    }

    #[test]
    fn complaints_of_an_earlier_attempt_are_no_configuration_error() {
        let refused_at = |time: &str| {
            let journal = format!(
                "Nov 03 23:59:58 sshd[9]: /etc/ssh/sshd_config: line 40: Bad option\n\
                 Nov 04 {time} systemd[1]: ssh.service: Start request repeated too quickly."
            );
            without_journal("service.control", FAILED, Some(EFAULT), &journal)
        };
        assert!(refused_at("00:00:01").is_configuration_error);
        assert!(!refused_at("00:00:04").is_configuration_error);
    }

    #[test]
    fn other_reasons_stay() {
        let reason = "Service nonsense not found.";
        let plain = |method, code, errno, reason| without_journal(method, code, errno, reason).text;
        assert_eq!(plain("service.control", FAILED, Some(2), reason), reason);
        assert_eq!(plain("pool.dataset.create", FAILED, Some(EFAULT), "a\nb"), "a\nb");
        let unknown = "Method does not exist";
        assert_eq!(plain("service.control", -32601, None, unknown), unknown);
        let own = "Service not running after start";
        assert_eq!(plain("service.control", FAILED, Some(EFAULT), own), own);
    }
}
