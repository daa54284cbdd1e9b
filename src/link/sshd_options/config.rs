//! The options as sshd reads them, and what of them holds for one account.

use crate::model::glob::matches_name;

use super::Verdict;
use super::keywords;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// The keyword in small letters; of two names of one option the newer.
    pub(super) keyword: String,
    pub(super) words: Vec<String>,
    /// The line as it is written.
    pub(super) line: String,
}

impl Directive {
    /// Whether its value is this one.
    pub(super) fn is(&self, value: &str) -> bool {
        self.words.first().is_some_and(|word| word.eq_ignore_ascii_case(value))
    }
}

/// The options, in the order in which sshd reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    sections: Vec<Section>,
}

/// The lines below one `Match`; without criteria the global ones.
#[derive(Clone, Debug, Default)]
struct Section {
    criteria: Vec<(String, String)>,
    directives: Vec<Directive>,
}

/// Whether a `Match` block is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    Maybe,
    Yes,
}

/// Who logs in, as far as trueup knows.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) groups: Vec<String>,
    pub(super) port: Option<u64>,
    pub(super) is_root: bool,
}

impl Config {
    /// Reads the options. `below`: the criterion of the `Match` block that they follow.
    ///
    /// # Errors
    /// The first line that sshd does not understand.
    pub(super) fn parse(text: &str, below: Option<(String, String)>) -> Result<Self, String> {
        let first = Section { criteria: below.into_iter().collect(), directives: Vec::new() };
        let mut sections = vec![first];
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || line.to_owned();
            let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
            let (keyword, rest) = line.split_at(end);
            let keyword = keywords::known(keyword).ok_or_else(bad)?;
            let rest = rest.trim_start();
            let words = words(rest.strip_prefix('=').unwrap_or(rest)).ok_or_else(bad)?;
            if words.is_empty() {
                return Err(bad());
            }
            if keyword == "match" {
                let criteria = criteria(&words).ok_or_else(bad)?;
                sections.push(Section { criteria, directives: Vec::new() });
                continue;
            }
            let Some(section) = sections.last_mut() else { continue };
            let is_global = section.criteria.is_empty();
            if !is_global && keywords::is_global(&keyword) {
                return Err(bad());
            }
            if is_global && keywords::SET_BY_TRUENAS.contains(&keyword.as_str()) {
                continue;
            }
            section.directives.push(Directive { keyword, words, line: line.into() });
        }
        Ok(Self { sections })
    }

    /// What holds for a login; `counts` says of a block's fit whether it is in force.
    pub(super) fn effective(&self, login: &Login, counts: impl Fn(Fit) -> bool) -> Effective<'_> {
        let (global, blocks): (Vec<_>, Vec<_>) =
            self.sections.iter().partition(|section| section.criteria.is_empty());
        let blocks = blocks.into_iter().filter(|section| counts(section.fit(login)));
        Effective {
            matched: blocks.flat_map(|section| &section.directives).collect(),
            global: global.into_iter().flat_map(|section| &section.directives).collect(),
        }
    }
}

impl Section {
    fn fit(&self, login: &Login) -> Fit {
        let fits = self.criteria.iter().map(|(name, argument)| match name.as_str() {
            "all" => Fit::Yes,
            "user" => name_list(argument, std::slice::from_ref(&login.user)),
            "group" => name_list(argument, &login.groups),
            "localport" => match login.port {
                Some(port) if argument.parse() == Ok(port) => Fit::Yes,
                Some(_) => Fit::No,
                None => Fit::Maybe,
            },
            _ if argument == "*" => Fit::Yes,
            _ => Fit::Maybe,
        });
        fits.min().unwrap_or(Fit::Yes)
    }
}

/// Whether a list of patterns names one of these: a negated pattern that does excludes.
fn name_list(list: &str, names: &[String]) -> Fit {
    let names_one = |pattern: &str| names.iter().any(|name| matches_name(pattern, name));
    let excluded = list.split(',').filter_map(|it| it.strip_prefix('!')).any(names_one);
    let named = list.split(',').filter(|it| !it.starts_with('!')).any(names_one);
    if named && !excluded { Fit::Yes } else { Fit::No }
}

fn criteria(words: &[String]) -> Option<Vec<(String, String)>> {
    let mut criteria = Vec::new();
    let mut words = words.iter();
    while let Some(name) = words.next() {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "all" => criteria.push((name, String::new())),
            "user" | "group" | "host" | "address" | "localaddress" | "localport" | "rdomain" => {
                criteria.push((name, words.next()?.clone()));
            }
            _ => return None,
        }
    }
    Some(criteria)
}

/// The words of a line: quoted ones may hold blanks, and a number sign begins a comment. `None`: a
/// quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        if matches!(letters.peek(), None | Some('#')) {
            return Some(words);
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(c) = letters.next() {
            match (c, quote) {
                ('\\', _) if matches!(letters.peek(), Some('\'' | '"' | '\\')) => {
                    word.extend(letters.next());
                }
                (c, Some(open)) if c == open => quote = None,
                ('"' | '\'', None) => quote = Some(c),
                (c, None) if c.is_whitespace() => break,
                (c, _) => word.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        words.push(word);
    }
}

/// What holds for one login.
pub(super) struct Effective<'a> {
    matched: Vec<&'a Directive>,
    global: Vec<&'a Directive>,
}

impl<'a> Effective<'a> {
    /// Every line of a keyword that is in force: those of `Match` blocks replace the global ones.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Directive> {
        let of = |all: &Vec<&'a Directive>| -> Vec<&'a Directive> {
            all.iter().copied().filter(|it| it.keyword == keyword).collect()
        };
        let matched = of(&self.matched);
        let lines = if matched.is_empty() { of(&self.global) } else { matched };
        lines.into_iter()
    }

    /// Whether a line is in no `Match` block.
    pub(super) fn is_global(&self, directive: &Directive) -> bool {
        self.global.iter().any(|it| std::ptr::eq(*it, directive))
    }

    /// The line of a keyword that counts.
    pub(super) fn first(&self, keyword: &str) -> Option<&'a Directive> {
        self.all(keyword).next()
    }

    /// The first word of the line that counts.
    pub(super) fn word(&self, keyword: &str) -> Option<&'a str> {
        self.first(keyword)?.words.first().map(String::as_str)
    }

    /// The line that names a user, and whether it certainly does: `USER@HOST` depends on where the
    /// client is.
    pub(super) fn names_user(&self, keyword: &str, user: &str) -> Option<(&'a Directive, Verdict)> {
        let named = |directive: &'a Directive| {
            let fits = directive.words.iter().map(|word| user_fit(word, user)).max()?;
            match fits {
                Fit::Yes => Some((directive, Verdict::Breaks)),
                Fit::Maybe => Some((directive, Verdict::MayBreak)),
                Fit::No => None,
            }
        };
        let mut all: Vec<_> = self.all(keyword).filter_map(named).collect();
        all.sort_by_key(|(_, verdict)| *verdict);
        all.into_iter().next()
    }

    /// Whether the lines of a keyword name other users only: the line that does, and how certain.
    pub(super) fn lacks_user(&self, keyword: &str, user: &str) -> Option<(&'a Directive, Verdict)> {
        let last = self.all(keyword).last()?;
        let words = self.all(keyword).flat_map(|it| &it.words);
        match words.map(|word| user_fit(word, user)).max().unwrap_or(Fit::No) {
            Fit::Yes => None,
            Fit::Maybe => Some((last, Verdict::MayBreak)),
            Fit::No => Some((last, Verdict::Breaks)),
        }
    }
}

/// Whether a word of `AllowUsers` or `DenyUsers` names a user.
fn user_fit(word: &str, user: &str) -> Fit {
    let (pattern, host) = word.split_once('@').unwrap_or((word, "*"));
    match (matches_name(pattern, user), host) {
        (false, _) => Fit::No,
        (true, "*") => Fit::Yes,
        (true, _) => Fit::Maybe,
    }
}
