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
    if let Some(tip) = meant(&error) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    output::misuse(&error);
    Exit::Usage
}

/// The flag that is meant by an argument that is too much: that of a file, or of a format.
fn meant(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let of = |commands: &[&str]| commands.iter().any(|it| usage.contains(&format!("trueup {it}")));
    let path = Path::new(argument);
    let shown = shell::path(path);
    if let Some(option) = argument.strip_prefix('-') {
        let format = option.trim_start_matches('-');
        let has_format = of(&["plan", "apply", "drift", "show"]);
        return (has_format && matches!(format, "json" | "markdown"))
            .then(|| format!("write `--format {format}`"));
    }
    match path.extension().and_then(OsStr::to_str) {
        Some("yaml" | "yml") if of(&["validate", "plan", "apply", "drift"]) => {
            Some(format!("`-f {shown}` names the manifest"))
        }
        Some("json") if of(&["apply"]) => Some(format!("`--plan {shown}` names a saved plan")),
        _ => None,
    }
}
