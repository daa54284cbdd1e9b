//! A command that runs instead of what the source asks for.

use super::Verdict;

/// Programs that never run what the client asked for.
const IGNORE_THE_CLIENT: [&str; 12] = [
    ":",
    "cat",
    "date",
    "echo",
    "exit",
    "false",
    "hostname",
    "id",
    "internal-sftp",
    "nologin",
    "sleep",
    "true",
];

/// What a forced command does to replications: a wrapper may run what the client asked for.
pub(super) fn verdict(command: &str) -> Verdict {
    let program = command.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    match IGNORE_THE_CLIENT.contains(&program) && !command.contains("SSH_ORIGINAL_COMMAND") {
        true => Verdict::Breaks,
        false => Verdict::MayBreak,
    }
}
