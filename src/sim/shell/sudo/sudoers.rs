//! The rules that an account has in `/etc/sudoers`, as TrueNAS writes them and sudo reads them.
//!
//! Source: the middleware's `etc_files/local/sudoers.mako`; sudo 1.9.13 `toke.l`, `toke_util.c`
//! (`fill_cmnd`, `fill_args`), `gram.y`. What sudo cannot read makes it drop the whole line.

use super::super::super::system::System;

/// A command that may be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The path of the program; `None` stands for every command.
    pub(super) path: Option<String>,
    /// Its arguments; `None` if any will do.
    pub(super) arguments: Option<String>,
    /// Whether it takes no password.
    pub(super) needs_no_password: bool,
}

/// The rules for a user, in the order of the file: its own, and then those of its groups.
pub(super) fn rules(system: &System, username: &str) -> Vec<Rule> {
    let Some(user) = system.accounts.user(username) else { return Vec::new() };
    let own = std::iter::once(render(&user.sudo_commands, &user.sudo_commands_nopasswd));
    let belongs = |id: i64| user.group == id || user.groups.contains(&id);
    let groups = system.accounts.groups.values().filter(|group| belongs(group.id));
    let groups = groups.map(|group| render(&group.sudo_commands, &group.sudo_commands_nopasswd));
    own.chain(groups).flat_map(|line| parse(&line).unwrap_or_default()).collect()
}

/// The commands of a user or group, as they stand behind `ALL=(ALL)`.
fn render(with_password: &[String], without: &[String]) -> String {
    let commands = |commands: &[String]| {
        let commands = commands.iter().map(|command| command.trim());
        let commands = commands.filter(|command| !command.is_empty()).map(escape);
        commands.collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    if !with_password.is_empty() {
        parts.push(commands(with_password));
    }
    if !without.is_empty() {
        parts.push(format!("NOPASSWD: {}", commands(without)));
    }
    parts.join(", ")
}

fn escape(command: &str) -> String {
    let mut escaped = String::new();
    for letter in command.chars() {
        if matches!(letter, '\\' | ',' | ':' | '=') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Reads the commands of a line; `None` if sudo drops it.
fn parse(line: &str) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    if line.is_empty() {
        return Some(rules);
    }
    let mut needs_no_password = false;
    let mut rest = line.split('\n').next().unwrap_or(line);
    loop {
        rest = skip_blanks(rest);
        if let Some(after) =
            rest.strip_prefix("NOPASSWD").and_then(|it| skip_blanks(it).strip_prefix(':'))
        {
            needs_no_password = true;
            rest = skip_blanks(after);
        }
        let (path, arguments, after) = command(rest)?;
        rules.push(Rule { path, arguments, needs_no_password });
        rest = skip_blanks(after);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.is_empty() || is_comment(rest) => return Some(rules),
            None => return None,
        }
    }
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t')
}

/// A number behind `#` is a uid.
fn is_comment(text: &str) -> bool {
    let behind = text.strip_prefix('#');
    let is_number = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    behind.is_some_and(|text| !is_number(text.strip_prefix('-').unwrap_or(text)))
}

type Parsed<'a> = (Option<String>, Option<String>, &'a str);

/// The command at the start of a text: path, arguments, and what follows.
fn command(text: &str) -> Option<Parsed<'_>> {
    let word = word_length(text);
    if word == 3 && text.starts_with("ALL") {
        return Some((None, None, &text[word..]));
    }
    let length = path_length(text)?;
    if length < word {
        return None;
    }
    let (path, rest) = text.split_at(length);
    let path = unescape(path);
    if path.ends_with('/') {
        return Some((Some(path), None, rest));
    }
    let (arguments, rest) = arguments(rest)?;
    Some((Some(path), arguments, rest))
}

/// How far a path goes (`PATH`): blanks and signs that mean something to sudo are escaped.
fn path_length(text: &str) -> Option<usize> {
    let behind = text.strip_prefix('/')?;
    let mut letters = behind.char_indices().peekable();
    let mut length = 0;
    while let Some((at, letter)) = letters.next() {
        length = at;
        match letter {
            '\\' => match letters.peek() {
                Some((_, ',' | ':' | '=' | ' ' | '\t' | '#')) => {
                    letters.next();
                }
                _ => return (at > 0).then_some(1 + at),
            },
            ',' | ':' | '=' | ' ' | '\t' | '\r' | '#' => return (at > 0).then_some(1 + at),
            _ => {}
        }
    }
    (length > 0 || !behind.is_empty()).then_some(text.len())
}

/// How far a word goes (`WORD`): the longer one of the two counts, and a word is no command.
fn word_length(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if letters.peek().is_some_and(|(_, next)| *next != '\t') => {
                letters.next();
            }
            '#' | '>' | '!' | '=' | ':' | ',' | '(' | ')' | ' ' | '\t' | '\r' | '"' | '\\' => {
                return at;
            }
            _ => {}
        }
    }
    text.len()
}

fn unescape(path: &str) -> String {
    let mut plain = String::new();
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(',' | ':' | '=' | ' ' | '\t' | '#') if letter == '\\' => {
                plain.extend(letters.next())
            }
            _ => plain.push(letter),
        }
    }
    plain
}

/// The arguments in front of a comma, a comment or the end of the line: one blank between each two.
fn arguments(text: &str) -> Option<(Option<String>, &str)> {
    let mut arguments: Option<String> = None;
    let mut blank = false;
    let mut rest = text;
    loop {
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return Some((arguments, rest)) };
        match letter {
            ' ' | '\t' => {
                blank = true;
                rest = skip_blanks(rest);
                continue;
            }
            ',' | ':' | '#' | '\r' => return Some((arguments, rest)),
            '=' if letters.as_str().starts_with(ends_argument) || letters.as_str().is_empty() => {
                return Some((arguments, rest));
            }
            '^' if arguments.is_none() => {
                let (expression, rest) = expression(rest)?;
                return Some((Some(expression), rest));
            }
            _ => {}
        }
        let taken = if letter == '\\' {
            let escaped = letters.next()?;
            rest = letters.as_str();
            match escaped {
                '*' | '?' | '[' | ']' | '!' | '^' => format!("\\{escaped}"),
                ':' | '\\' | ',' | '=' | ' ' | '\t' | '#' => escaped.to_string(),
                _ => return None,
            }
        } else {
            let end = rest.find(ends_argument).unwrap_or(rest.len());
            let (argument, after) = rest.split_at(end);
            rest = after;
            argument.to_owned()
        };
        match &mut arguments {
            None => arguments = Some(taken),
            Some(arguments) => {
                if blank {
                    arguments.push(' ');
                }
                arguments.push_str(&taken);
            }
        }
        blank = false;
    }
}

fn ends_argument(letter: char) -> bool {
    matches!(letter, '#' | '\\' | ':' | ',' | ' ' | '\t' | '\r')
}

/// The regular expression at the start, with its escapes, and what follows the `$` that ends it.
/// Commas and blanks belong to it; without a `$` the line cannot be read.
fn expression(text: &str) -> Option<(String, &str)> {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next()?;
            }
            '#' | '\r' => return None,
            '$' => {
                let (expression, rest) = text.split_at(at + 1);
                return Some((expression.to_owned(), rest));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(commands: &[&str]) -> Option<Vec<(String, Option<String>)>> {
        let commands: Vec<String> = commands.iter().map(|command| (*command).to_owned()).collect();
        let rules = parse(&render(&[], &commands))?;
        let shown = |rule: Rule| (rule.path.unwrap_or_else(|| "ALL".to_owned()), rule.arguments);
        Some(rules.into_iter().map(shown).collect())
    }

    #[test]
    fn commands_are_read_back_as_they_are_written() {
        for (command, path, arguments) in [
            ("ALL", "ALL", None),
            ("/usr/sbin/zfs", "/usr/sbin/zfs", None),
            ("/usr/sbin/", "/usr/sbin/", None),
            ("/usr/sbin/zfs  list   -r", "/usr/sbin/zfs", Some("list -r")),
            ("/usr/sbin/zfs \"\"", "/usr/sbin/zfs", Some("\"\"")),
            ("/usr/sbin/zfs set a=b,c:d", "/usr/sbin/zfs", Some("set a=b,c:d")),
            ("/usr/sbin/zfs a\\*b", "/usr/sbin/zfs", Some("a\\*b")),
            ("/usr/sbin/zfs !x (y)", "/usr/sbin/zfs", Some("!x (y)")),
            ("/usr/sbin/zfs ^get [a,b]+ x$", "/usr/sbin/zfs", Some("^get [a\\,b]+ x$")),
            ("/usr/sbin/zfs ^a\\.b$", "/usr/sbin/zfs", Some("^a\\\\.b$")),
            ("/usr/bin/a,b", "/usr/bin/a,b", None),
            ("/usr/sbin/zfs list # get", "/usr/sbin/zfs", Some("list")),
        ] {
            let expected = (path.to_owned(), arguments.map(str::to_owned));
            assert_eq!(parsed(&[command]), Some(vec![expected]), "{command}");
        }
    }

    #[test]
    fn lines_that_sudo_drops() {
        for commands in [
            &["/usr/sbin/zfs ^list"][..],
            &["/usr/sbin/zfs", "/usr/sbin/zpool ^a#b$"],
            &["/usr/sbin/zfs ^a$b$"],
            &["\"/usr/sbin/zfs\" list"],
            &["/usr/sbin/z\\fs list"],
            &["/usr/sbin/ list"],
            &["ALL list"],
            &["/usr/sbin/zfs list #1"],
        ] {
            assert_eq!(parsed(commands), None, "{commands:?}");
        }
        // The comment hides what follows; the expression goes on up to the next `$`.
        assert_eq!(parsed(&["/usr/sbin/zfs #", "/usr/bin/ls"]).map(|rules| rules.len()), Some(1));
        let joined = parsed(&["/usr/sbin/zfs ^a", "/usr/bin/ls b$"]).expect("a line");
        assert_eq!(joined[0].1.as_deref(), Some("^a, /usr/bin/ls b$"));
    }

    #[test]
    fn passwords_are_for_the_first_list() {
        let line = render(&["/bin/a".to_owned()], &["/bin/b".to_owned(), "/bin/c".to_owned()]);
        assert_eq!(line, "/bin/a, NOPASSWD: /bin/b, /bin/c");
        let free: Vec<bool> =
            parse(&line).expect("a line").iter().map(|rule| rule.needs_no_password).collect();
        assert_eq!(free, [false, true, true]);
    }
}
