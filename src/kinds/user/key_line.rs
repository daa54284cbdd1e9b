//! The lines of `authorized_keys` once the wanted keys are among them.

use jiff::Timestamp;

use crate::model::authorized_key::{self, admits, key_of};

/// The options before a line's key as they are written; empty if there are none.
pub(crate) fn options_of(line: &str) -> &str {
    authorized_key::parse(line).ok().flatten().map_or("", |line| line.written_options)
}

/// The lines after the wanted keys were merged in. Lines of others keep their place and their
/// bytes. A wanted key that sshd takes already keeps its line, its options and comment included,
/// unless the wanted line has options of its own; a key that sshd does not take is appended. With
/// `exclusive`, lines with other keys go; lines that are no keys stay. Of a text that is written
/// anew TrueNAS strips the blanks at its beginning (`plugins/account.py`, `update_sshpubkey`).
pub(crate) fn merged(
    live: &[String],
    wanted: &[String],
    exclusive: bool,
    at: Timestamp,
) -> Vec<String> {
    let mut lines = merge(live, wanted, exclusive, at);
    if lines == live {
        return lines;
    }
    // A line that is no key for sshd may become one without its blanks.
    loop {
        let stripped = stripped(lines);
        lines = merge(&stripped, wanted, exclusive, at);
        if lines == stripped {
            return lines;
        }
    }
}

/// The lines of a text without the blanks at its beginning.
fn stripped(mut lines: Vec<String>) -> Vec<String> {
    let blank = lines.iter().take_while(|line| line.trim().is_empty()).count();
    lines.drain(..blank);
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start().into();
    }
    lines
}

/// Whether one of these lines gives the key of another line options.
pub(crate) fn restricts(lines: &[&str], other: &str) -> bool {
    let same = |line: &&&str| key_of(line).is_some() && key_of(line) == key_of(other);
    lines.iter().filter(same).any(|line| !options_of(line).is_empty())
}

fn merge(live: &[String], wanted: &[String], exclusive: bool, at: Timestamp) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in live {
        let Some(key) = key_of(line) else {
            lines.push(line.clone());
            continue;
        };
        let wishes: Vec<&String> = wanted.iter().filter(|wish| key_of(wish) == Some(key)).collect();
        match wishes.first() {
            _ if wishes.iter().any(|wish| satisfies(line, wish)) => lines.push(line.clone()),
            Some(wish) => lines.push((*wish).clone()),
            None if exclusive => {}
            None => lines.push(line.clone()),
        }
    }
    for wish in wanted {
        let there = match key_of(wish) {
            Some(key) => lines.iter().any(|line| key_of(line) == Some(key) && admits(line, at)),
            None => lines.contains(wish),
        };
        if !there {
            lines.push(wish.clone());
        }
    }
    lines
}

/// Whether a line with the wanted key is as wanted: a wish without options takes any.
fn satisfies(line: &str, wish: &str) -> bool {
    let options = options_of(wish);
    options.is_empty() || options == options_of(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 a@b";
    const B: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJEVqAi8rBQmwWyIYxmOL/6wHOpkJ6ml6Dl+6pIlnbKZ";

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_string()).collect()
    }

    fn merged(live: &[String], wanted: &[String], exclusive: bool) -> Vec<String> {
        super::merged(live, wanted, exclusive, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn foreign_lines_keep_place_and_bytes() {
        let live = lines(&["# ours", B, "garbage\r", ""]);
        let mut expected = live.clone();
        expected.push(A.into());
        assert_eq!(merged(&live, &lines(&[A]), false), expected);
        assert_eq!(merged(&expected, &lines(&[A]), false), expected);
    }

    #[test]
    fn wanted_key_keeps_live_options_unless_it_brings_its_own() {
        let restricted = format!("restrict {A}");
        let live = lines(&[&restricted]);
        assert_eq!(merged(&live, &lines(&[A]), false), live);
        let other = format!("from=\"10.0.0.1\" {A}");
        assert_eq!(merged(&live, &lines(&[&other]), false), lines(&[&other]));
    }

    #[test]
    fn key_that_sshd_does_not_take_is_appended() {
        for broken in ["bogus ", "cert-authority ", "expiry-time=\"19690101\" "] {
            let live = lines(&[&format!("{broken}{A}")]);
            let expected = [live.clone(), lines(&[A])].concat();
            assert_eq!(merged(&live, &lines(&[A]), false), expected, "{broken}");
        }
    }

    #[test]
    fn rewritten_file_does_not_begin_with_blanks() {
        let live = lines(&[B, "", "  # comment", A]);
        assert_eq!(merged(&live, &lines(&[A]), true), lines(&["# comment", A]));
        let by_hand = lines(&["", A]);
        assert_eq!(merged(&by_hand, &lines(&[A]), true), by_hand);
    }

    #[test]
    fn exclusive_removes_every_other_key_and_nothing_else() {
        let quoted = format!(r#"command="a \\" b" {B}"#);
        let live = lines(&["# ours", B, A, &quoted]);
        assert_eq!(merged(&live, &lines(&[A]), true), lines(&["# ours", A]));
    }

    #[test]
    fn same_key_twice_is_one_line() {
        let twice = lines(&[A, &A.replace("a@b", "other")]);
        assert_eq!(merged(&[], &twice, false), lines(&[A]));
    }
}
