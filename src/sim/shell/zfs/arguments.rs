//! The arguments of `zfs`, and the datasets that they mean.

use super::super::super::system::System;
use super::super::super::system::datasets::Kind;

/// The options and names of a command.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    switches: String,
    values: Vec<(char, String)>,
    /// The names behind the options.
    pub(super) names: Vec<String>,
}

impl Arguments {
    /// Parses words: `switches` stand alone, `valued` letters take a value, attached or next.
    ///
    /// # Errors
    /// What zfs says of the option.
    pub(super) fn parse(words: &[String], switches: &str, valued: &str) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
                parsed.names.push(word.clone());
                continue;
            };
            for (at, letter) in letters.char_indices() {
                if switches.contains(letter) {
                    parsed.switches.push(letter);
                    continue;
                }
                if !valued.contains(letter) {
                    return Err(format!("invalid option '{letter}'"));
                }
                let value = match &letters[at + letter.len_utf8()..] {
                    "" => words.next().cloned(),
                    attached => Some(attached.to_owned()),
                };
                let value =
                    value.ok_or_else(|| format!("missing argument for '{letter}' option"))?;
                parsed.values.push((letter, value));
                break;
            }
        }
        Ok(parsed)
    }

    /// Whether the switch is given.
    pub(super) fn has(&self, switch: char) -> bool {
        self.switches.contains(switch)
    }

    /// The last value given for the letter.
    pub(super) fn value(&self, letter: char) -> Option<&str> {
        self.values(letter).last()
    }

    /// Every value given for the letter.
    pub(super) fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(name, _)| *name == letter).map(|(_, value)| value.as_str())
    }

    /// The datasets that are meant: those that are named and what is below them as deep as asked;
    /// all of them if none is named. Second, what is said of names that do not exist.
    pub(super) fn datasets(&self, system: &System) -> (Vec<String>, String) {
        let types = self.value('t').unwrap_or("filesystem,volume");
        let wanted = |name: &str| {
            let kind = system.datasets.get(name).map(|dataset| dataset.kind);
            types.split(',').any(|it| match it {
                "all" => true,
                "filesystem" | "fs" => kind == Some(Kind::Filesystem),
                "volume" | "vol" => kind == Some(Kind::Volume),
                _ => false,
            })
        };
        let depth = match self.value('d') {
            Some(depth) => depth.parse().unwrap_or(0),
            None if self.has('r') || self.names.is_empty() => usize::MAX,
            None => 0,
        };
        let all = || system.datasets.names().map(str::to_owned);
        let level = |name: &str| name.matches('/').count();
        let mut found: Vec<String> = Vec::new();
        let mut missing = String::new();
        if self.names.is_empty() {
            found.extend(all().filter(|name| level(name) <= depth));
        }
        for name in &self.names {
            if system.datasets.get(name).is_none() {
                missing.push_str(&format!("cannot open '{name}': dataset does not exist\n"));
                continue;
            }
            let below = format!("{name}/");
            found.extend(all().filter(|other| {
                other == name || (other.starts_with(&below) && level(other) - level(name) <= depth)
            }));
        }
        found.retain(|name| wanted(name));
        found.sort();
        found.dedup();
        (found, missing)
    }
}
