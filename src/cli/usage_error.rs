//! A command line that clap refuses.

use std::ffi::OsStr;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Exit, output, shell};

/// Reports what is wrong, or prints the help or version that was asked for. clap's own exit code
/// for mistakes is 2, which means drift here.
pub(super) fn report(mut error: clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Success;
    }
    if let Some(tip) = suggestion(&error) {
        // clap's guess is a name that is spelled alike.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    output::usage_error(&error);
    Exit::Usage
}

/// What to write instead, where that is known.
fn suggestion(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            command_of_other_tools(text(ContextKind::InvalidSubcommand)?).map(Into::into)
        }
        ErrorKind::UnknownArgument => {
            let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
            argument(text(ContextKind::InvalidArg)?, &usage)
        }
        _ => None,
    }
}

/// What does here what a command does in other tools.
fn command_of_other_tools(command: &str) -> Option<&'static str> {
    Some(match command {
        "destroy" | "delete" | "remove" => {
            "trueup deletes nothing; `trueup plan` shows what it would create and change"
        }
        "import" => {
            "`trueup init SOURCE_URL DESTINATION_URL` writes a manifest of what two systems have"
        }
        "status" | "refresh" => "`trueup drift` shows what differs from the manifest",
        "check" | "lint" => "`trueup validate` checks the manifest",
        "help" => "`trueup --help` lists the commands, `trueup COMMAND --help` explains one",
        "version" => "`trueup --version` prints the version",
        _ => return None,
    })
}

/// The flag that is meant by an argument that the command does not take.
fn argument(argument: &str, usage: &str) -> Option<String> {
    let is_one_of =
        |commands: &[&str]| commands.iter().any(|it| usage.contains(&format!("trueup {it}")));
    let path = Path::new(argument);
    let shown = shell::path(path);
    match argument {
        "-y" | "--auto-approve" | "--assume-yes" if is_one_of(&["apply"]) => {
            return Some("`--yes` applies without asking".into());
        }
        "-y" | "--yes" | "--auto-approve" | "--assume-yes" if is_one_of(&["plan", "drift"]) => {
            return Some(format!("the command never asks; leave `{argument}` out"));
        }
        "--dry-run" | "--check" if is_one_of(&["apply"]) => {
            return Some("`trueup plan` shows what would be done, and changes nothing".into());
        }
        "--dry-run" | "--check" if is_one_of(&["plan", "drift"]) => {
            return Some(format!("the command changes nothing anyway; leave `{argument}` out"));
        }
        "-v" | "--verbose" | "--debug" => {
            return Some("`--log info` or `--log debug` shows more".into());
        }
        "--json" | "--markdown" if is_one_of(&["plan", "apply", "drift", "show"]) => {
            return Some(format!("write `--format {}`", argument.trim_start_matches('-')));
        }
        _ => {}
    }
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("yaml" | "yml") if is_one_of(&["validate", "plan", "apply", "drift"]) => {
            Some(format!("`-f {shown}` names the manifest"))
        }
        Some("json") if is_one_of(&["apply"]) => {
            Some(format!("`--plan {shown}` names a saved plan"))
        }
        _ => None,
    }
}
