//! Commands for sudo: which ones are taken (`plugins/account.py`, `validate_sudo_commands`).

use regex::Regex;

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::repr::python_repr;
use super::super::super::system::files::{Files, IN_BIN, IN_SBIN, normal};

/// Complains about every command that is not taken.
pub(in crate::methods) fn validate(
    files: &Files,
    attribute: &str,
    commands: &[&str],
    errors: &mut Errors,
) -> Result<(), Fault> {
    if let Some(index) = commands.iter().position(|command| *command == "ALL") {
        if commands.len() != 1 {
            let message = "ALL cannot be used with other commands";
            errors.add(format!("{attribute}.{index}"), message);
        }
        return Ok(());
    }
    for (index, command) in commands.iter().enumerate() {
        let refusal = match executable(command) {
            Ok(Some(executable)) => refusal(files, &executable),
            Ok(None) => return Err(Fault::exception("IndexError", "list index out of range")),
            Err(text) => Some(text.to_owned()),
        };
        if let Some(refusal) = refusal {
            errors.add(format!("{attribute}.{index}"), refusal);
        }
    }
    Ok(())
}

/// The first word, as a shell splits it; `None` if there is none.
fn executable(command: &str) -> Result<Option<String>, &'static str> {
    let mut letters = command.chars().skip_while(|c| c.is_ascii_whitespace()).peekable();
    if letters.peek().is_none() {
        return Ok(None);
    }
    let (mut word, mut ended, mut quote) = (String::new(), false, None);
    while let Some(letter) = letters.next() {
        // The rest is split, too: it may be refused for a quote that nothing closes.
        let mut push = |letter| {
            if !ended {
                word.push(letter)
            }
        };
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None | Some('"'), '\\') => match letters.next() {
                Some(escaped) => push(escaped),
                None => return Err("No escaped character"),
            },
            (None, blank) if blank.is_ascii_whitespace() => ended = true,
            (_, letter) => push(letter),
        }
    }
    if quote.is_some() { Err("No closing quotation") } else { Ok(Some(word)) }
}

fn refusal(files: &Files, executable: &str) -> Option<String> {
    if executable == "ALL" {
        return None;
    }
    if !executable.starts_with('/') {
        return Some("Executable must be an absolute path".to_owned());
    }
    let bare = executable.trim_end_matches('/');
    if normal(executable).trim_end_matches('/') != bare {
        return Some("Executable path must be normalized".to_owned());
    }
    let found = matching(files, bare, executable.ends_with('/'));
    let shown = python_repr(executable);
    if found.is_empty() {
        return Some(format!("No paths matching {shown} exist"));
    }
    let usable = executable.ends_with('/') || found.contains(&Found::Executable);
    (!usable).then(|| format!("None of the paths matching {shown} is executable"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Directory,
    File,
    Executable,
}

fn matching(files: &Files, pattern: &str, only_directories: bool) -> Vec<Found> {
    let expression = glob(pattern);
    let is_meant = |path: &str| match &expression {
        Some(expression) => expression.is_match(path),
        None => path == pattern,
    };
    let binaries =
        [("/usr/bin", IN_BIN), ("/bin", IN_BIN), ("/usr/sbin", IN_SBIN), ("/sbin", IN_SBIN)];
    let mut found = Vec::new();
    for (directory, names) in binaries {
        if is_meant(directory) {
            found.push(Found::Directory);
        }
        let binaries = names.split_whitespace().map(|name| format!("{directory}/{name}"));
        found.extend(binaries.filter(|path| is_meant(path)).map(|_| Found::Executable));
    }
    for path in files.tree("/").iter().filter(|path| is_meant(path)) {
        found.extend(files.get(path).map(|node| match node.mode & 0o111 {
            _ if node.is_directory() => Found::Directory,
            0 => Found::File,
            _ => Found::Executable,
        }));
    }
    found.retain(|found| !only_directories || *found == Found::Directory);
    found
}

/// The expression that a shell's pattern stands for; `None` if it is no pattern.
fn glob(pattern: &str) -> Option<Regex> {
    if !pattern.contains(['*', '?', '[']) {
        return None;
    }
    let mut expression = String::from("^");
    for letter in pattern.chars() {
        match letter {
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' | ']' | '-' | '!' => expression.push(if letter == '!' { '^' } else { letter }),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    Regex::new(&(expression + "$")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(commands: &[&str]) -> Vec<String> {
        let mut errors = Errors::new();
        if let Err(fault) = validate(&Files::default(), "c", commands, &mut errors) {
            return vec![format!("{fault:?}")];
        }
        errors
            .into_complaints()
            .into_iter()
            .map(|c| format!("{}: {}", c.attribute.unwrap_or_default(), c.message))
            .collect()
    }

    #[test]
    fn commands_that_exist_are_taken() {
        for commands in [
            &["ALL"][..],
            &["/usr/sbin/zfs", "/usr/bin/ls -l", "/usr/bin/", "/sbin/zpool list 'a b'"],
            &["/usr/sbin/z*"],
        ] {
            assert!(complaints(commands).is_empty(), "{commands:?}: {:?}", complaints(commands));
        }
    }

    #[test]
    fn others_are_refused() {
        for (command, told) in [
            ("zfs", "Executable must be an absolute path"),
            ("/usr//bin/ls", "Executable path must be normalized"),
            ("/usr/bin/nonsense", "No paths matching '/usr/bin/nonsense' exist"),
            ("/usr/bin", "None of the paths matching '/usr/bin' is executable"),
            ("/usr/bin/ls 'x", "No closing quotation"),
        ] {
            assert_eq!(complaints(&[command]), [format!("c.0: {told}")]);
        }
        assert_eq!(
            complaints(&["/usr/bin/ls", "ALL"]),
            ["c.1: ALL cannot be used with other commands"]
        );
    }
}
