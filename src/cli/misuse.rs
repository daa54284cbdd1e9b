//! A command line that clap refuses.

use std::ffi::OsStr;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Exit, output, shell};

/// Says what is wrong, or prints the help or version that was asked for. clap's own exit code for
/// mistakes is 2, which means drift here.
pub fn told(mut error: clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Success;
    }
    if let Some(manifest) = manifest_without_a_flag(&error) {
        let tip = format!("`-f {}` names the manifest", shell::path(Path::new(&manifest)));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    output::misuse(&error);
    Exit::Usage
}

/// The argument that is too much, if it is a manifest's name.
fn manifest_without_a_flag(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let extension = Path::new(argument).extension().and_then(OsStr::to_str);
    matches!(extension, Some("yaml" | "yml")).then(|| argument.clone())
}
