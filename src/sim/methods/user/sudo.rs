//! Commands for sudo: which ones are taken (`plugins/account.py`, `validate_sudo_commands`).

use regex::Regex;

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::repr::python_repr;
use super::super::super::system::files::{Files, Node, name, normal};

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
                // Within quotes a backslash escapes nothing else.
                Some(escaped) if quote.is_some() && !['"', '\\'].contains(&escaped) => {
                    push('\\');
                    push(escaped);
                }
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
    let found = glob(files, executable);
    let shown = python_repr(executable);
    if found.is_empty() {
        return Some(format!("No paths matching {shown} exist"));
    }
    let is_executable = |path: &String| {
        files.get(path).is_some_and(|node| node.is_file() && node.mode & 0o111 != 0)
    };
    let usable = executable.ends_with('/') || found.iter().any(is_executable);
    (!usable).then(|| format!("None of the paths matching {shown} is executable"))
}

/// The paths that fit an absolute pattern (`glob.glob`): links lead on, and what they lead to need
/// not exist; a slash at the end asks for directories.
fn glob(files: &Files, pattern: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some(expression) = expression(part) else {
            found.iter_mut().for_each(|path| *path = format!("{path}/{part}"));
            continue;
        };
        let is_directory = |path: &String| files.get(path).is_some_and(Node::is_directory);
        let above: Vec<String> = found.into_iter().map(|path| path + "/").collect();
        found = above
            .into_iter()
            .filter(is_directory)
            .flat_map(|above| {
                let names = files.members(&above).into_iter().map(name);
                // A dot at its start hides a name from what does not start with one.
                let names = names.filter(|it| !it.starts_with('.') || part.starts_with('.'));
                let names = names.filter(|it| expression.is_match(it));
                names.map(|it| format!("{above}{it}")).collect::<Vec<String>>()
            })
            .collect();
    }
    if pattern.ends_with('/') {
        found.retain(|path| files.get(&format!("{path}/")).is_some_and(Node::is_directory));
    } else {
        found.retain(|path| files.entry(path).is_some());
    }
    found
}

/// The expression that a part of a shell's pattern stands for; `None` if it is no pattern.
fn expression(part: &str) -> Option<Regex> {
    if !part.contains(['*', '?', '[']) {
        return None;
    }
    Regex::new(&format!("^{}$", component(part))).ok()
}

/// One part of a path (`fnmatch.translate`).
fn component(pattern: &str) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut expression = String::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        at += 1;
        match letter {
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => match set(&letters[at..]) {
                Some((set, length)) => {
                    expression.push_str(&set);
                    at += length;
                }
                None => expression.push_str("\\["),
            },
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression
}

/// The set behind a bracket, and how long it is; `None` if nothing closes it.
fn set(letters: &[char]) -> Option<(String, usize)> {
    let negated = letters.first() == Some(&'!');
    let start = usize::from(negated);
    // A bracket that comes first is a member.
    let end = start + 1 + letters.get(start + 1..)?.iter().position(|letter| *letter == ']')?;
    let mut members = String::new();
    let mut at = start;
    while at < end {
        let from = letters[at];
        let range = letters.get(at + 1) == Some(&'-') && at + 2 < end;
        let to = if range { letters[at + 2] } else { from };
        at += if range { 3 } else { 1 };
        if from <= to {
            members.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(from), u32::from(to)));
        }
    }
    let expression = match (negated, members.is_empty()) {
        (false, true) => "[^\\x{0}-\\x{10ffff}]".to_owned(),
        (true, true) => "[^/]".to_owned(),
        (false, false) => format!("[{members}]"),
        (true, false) => format!("[^{members}]"),
    };
    Some((expression, end + 1))
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
            &["/usr/sbin/z*", "/*bin/zpoo?", "/sbin/z[fp]*"],
            &["/usr/bin/false", "/bin/sh", "/bin/bash -c true", "/sbin/zfs", "/bin/"],
            &[
                "/usr/sbin/z*",
                "/usr/sbin/[!a]f?",
                "/usr/s[a-c]in/zfs",
                "/*/zfs",
                "/usr/sbin/[]z]fs",
            ],
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
            ("/bin", "None of the paths matching '/bin' is executable"),
            ("/usr/bin/ls/", "No paths matching '/usr/bin/ls/' exist"),
            ("/usr/sbin/q*", "No paths matching '/usr/sbin/q*' exist"),
            ("/usr/bin/ls 'x", "No closing quotation"),
            ("\"/usr/bin/l\\s\"", "No paths matching '/usr/bin/l\\\\s' exist"),
            ("/usr/sbin/[z", "No paths matching '/usr/sbin/[z' exist"),
            ("/usr/sbin/!fs*", "No paths matching '/usr/sbin/!fs*' exist"),
            ("/usr/sbin/[!z]fs", "No paths matching '/usr/sbin/[!z]fs' exist"),
        ] {
            assert_eq!(complaints(&[command]), [format!("c.0: {told}")]);
        }
        assert_eq!(
            complaints(&["/usr/bin/ls", "ALL"]),
            ["c.1: ALL cannot be used with other commands"]
        );
    }
}
