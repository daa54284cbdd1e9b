//! A line of `authorized_keys` (sshd(8), AUTHORIZED_KEYS FILE FORMAT): options, type, key, comment.

/// What identifies a key: its type and its base64 text.
pub type KeyId<'a> = (&'a str, &'a str);

/// The types that OpenSSH knows, certificates and security keys included.
const TYPES: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];

/// The key of a line; `None` for comments, blank lines and what is no key.
pub fn key_of(line: &str) -> Option<KeyId<'_>> {
    parts(line).map(|(_, key)| key)
}

/// The options before a line's key; empty if there are none.
pub fn options_of(line: &str) -> &str {
    parts(line).map_or("", |(options, _)| options)
}

/// The options one by one: they are parted by commas outside of double quotes.
pub fn each_option(options: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let part = move |c: char| {
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        c == ',' && !quoted
    };
    options.split(part).filter(|option| !option.is_empty()).collect()
}

fn parts(line: &str) -> Option<(&str, KeyId<'_>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    if let Some(key) = key_at(line) {
        return Some(("", key));
    }
    let end = end_of_options(line)?;
    let (options, rest) = line.split_at(end);
    Some((options, key_at(rest.trim_start())?))
}

/// Type and key at the start of a text.
fn key_at(text: &str) -> Option<KeyId<'_>> {
    let mut words = text.split_whitespace();
    let (kind, key) = (words.next()?, words.next()?);
    let known = TYPES.iter().any(|prefix| kind.starts_with(prefix));
    (known && key.starts_with("AAAA")).then_some((kind, key))
}

/// Where the options end: at the first blank outside of double quotes.
fn end_of_options(line: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            c if c.is_whitespace() && !quoted => return Some(at),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The lines after the wanted keys were brought in: foreign lines keep their place and their
/// bytes, a wanted key that is there keeps its line (its options and comment too, unless the
/// wanted line has options of its own), one that is not is appended. With `exclusive`, lines
/// with other keys go; lines without a key stay. Of a text that is written anew TrueNAS strips the
/// blanks at its beginning (`plugins/account.py`, `update_sshpubkey`).
pub fn merged(live: &[String], wanted: &[String], exclusive: bool) -> Vec<String> {
    let mut lines = brought_in(live, wanted, exclusive);
    if lines != live {
        let blank = lines.iter().take_while(|line| line.trim().is_empty()).count();
        lines.drain(..blank);
        if let Some(first) = lines.first_mut() {
            *first = first.trim_start().into();
        }
    }
    lines
}

/// Whether one of these lines gives the key of another line options.
pub fn restricts(lines: &[&str], other: &str) -> bool {
    let same = |line: &&&str| key_of(line).is_some() && key_of(line) == key_of(other);
    lines.iter().filter(same).any(|line| !options_of(line).is_empty())
}

fn brought_in(live: &[String], wanted: &[String], exclusive: bool) -> Vec<String> {
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
            Some(key) => lines.iter().any(|line| key_of(line) == Some(key)),
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

    const A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA a@b";
    const B: &str = "ssh-rsa AAAAB3NzaC1yc2EB";

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_string()).collect()
    }

    #[test]
    fn a_key_is_its_type_and_text_whatever_surrounds_it() {
        let id = Some(("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIA"));
        assert_eq!(key_of(A), id);
        assert_eq!(key_of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"), id);
        assert_eq!(key_of(&format!("{A}\r")), id);
        assert_eq!(key_of(&format!("restrict,command=\"a \\\" b\" {A}")), id);
        for none in ["", "# ssh-rsa AAAA", "not a key at all", "command=\"x", "ssh-rsa"] {
            assert_eq!(key_of(none), None, "{none:?}");
        }
        assert_eq!(options_of(&format!("from=\"a b\" {A}")), "from=\"a b\"");
        let options =
            options_of("restrict,from=\"10.0.0.1,::1\",command=\"a \\\",b\" ssh-rsa AAAA");
        let each = ["restrict", "from=\"10.0.0.1,::1\"", "command=\"a \\\",b\""];
        assert_eq!(each_option(options), each);
    }

    #[test]
    fn foreign_lines_stay_where_and_as_they_are() {
        let live = lines(&["# ours", B, "garbage\r", ""]);
        let mut expected = live.clone();
        expected.push(A.into());
        assert_eq!(merged(&live, &lines(&[A]), false), expected);
        assert_eq!(merged(&expected, &lines(&[A]), false), expected);
    }

    #[test]
    fn a_wanted_key_keeps_its_live_options_unless_it_brings_its_own() {
        let restricted = format!("restrict {A}");
        let live = lines(&[&restricted]);
        assert_eq!(merged(&live, &lines(&[A]), false), live);
        let other = format!("from=\"10.0.0.1\" {A}");
        assert_eq!(merged(&live, &lines(&[&other]), false), lines(&[&other]));
    }

    #[test]
    fn what_is_written_anew_does_not_begin_with_blanks() {
        let live = lines(&[B, "", "  # comment", A]);
        assert_eq!(merged(&live, &lines(&[A]), true), lines(&["# comment", A]));
        let by_hand = lines(&["", A]);
        assert_eq!(merged(&by_hand, &lines(&[A]), true), by_hand);
    }

    #[test]
    fn exclusive_removes_other_keys_and_nothing_else() {
        let live = lines(&["# ours", B, A]);
        assert_eq!(merged(&live, &lines(&[A]), true), lines(&["# ours", A]));
    }

    #[test]
    fn the_same_key_twice_is_one_line() {
        let twice = lines(&[A, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA other"]);
        assert_eq!(merged(&[], &twice, false), lines(&[A]));
    }
}
