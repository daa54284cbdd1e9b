//! How many files this process may have open: a connection to every system is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as it goes without privileges: shells start programs with a limit of
/// 1,024 so that old ones that use select(2) do not break. Where that is refused, a run with more
/// systems than files fails on its own account.
pub(super) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        tracing::debug!(?current, ?maximum, ok = raised.is_ok(), "limit of open files raised");
    }
}
