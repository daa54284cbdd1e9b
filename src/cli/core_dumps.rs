//! Keeps this process' memory and environment, where API keys are, from whoever runs as the same
//! user and from core files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Forbids core dumps. On Linux, that makes `/proc/PID` root's (proc(5)) and lets no other process of
/// the user attach as a debugger. Where it is refused, the run goes on as before.
pub(super) fn forbid() {
    let Rlimit { current: _, maximum } = getrlimit(Resource::Core);
    let limited = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
    tracing::debug!(ok = limited.is_ok(), "core files limited");
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let forbidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        tracing::debug!(ok = forbidden.is_ok(), "core dumps forbidden");
    }
}
