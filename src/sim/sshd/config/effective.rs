//! What of a configuration holds for a connection.

use std::collections::BTreeMap;

use super::Directive;

/// Keywords whose lines add up instead of the first one counting.
const LISTS: [&str; 4] = ["allowgroups", "allowusers", "denygroups", "denyusers"];

/// The directives that count, by their keyword.
pub(super) fn merged<'a>(
    directives: impl Iterator<Item = &'a Directive>,
) -> BTreeMap<&'static str, Directive> {
    let mut values: BTreeMap<&'static str, Directive> = BTreeMap::new();
    for directive in directives {
        match values.get_mut(directive.keyword) {
            None => drop(values.insert(directive.keyword, directive.clone())),
            Some(known) if LISTS.contains(&directive.keyword) => {
                known.words.extend(directive.words.iter().cloned());
            }
            Some(_) => {}
        }
    }
    values.retain(|_, directive| !directive.words.is_empty());
    values
}

/// What holds for one connection.
#[derive(Clone, Debug)]
pub struct Effective(BTreeMap<&'static str, Directive>);

impl Effective {
    pub(super) fn new(directives: BTreeMap<&'static str, Directive>) -> Self {
        Self(directives)
    }

    /// The words of a keyword; empty if it is not set.
    pub fn words(&self, keyword: &str) -> &[String] {
        self.0.get(keyword).map_or(&[], |directive| &directive.words)
    }

    /// The first word of a keyword, if it is set.
    pub fn word(&self, keyword: &str) -> Option<&str> {
        self.words(keyword).first().map(String::as_str)
    }

    /// Everything behind a keyword, if it is set.
    pub(super) fn rest(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(|directive| directive.rest.as_str())
    }

    /// A switch, or what sshd takes it for when it is not set.
    pub fn switch(&self, keyword: &str, default: bool) -> bool {
        self.word(keyword).map_or(default, |value| value.eq_ignore_ascii_case("yes"))
    }

    /// A number, or what sshd takes it for when it is not set.
    pub fn number(&self, keyword: &str, default: usize) -> usize {
        self.word(keyword).and_then(|word| word.trim_start().parse().ok()).unwrap_or(default)
    }

    /// `ForceCommand`, as it is written; `none` is none.
    pub fn forced_command(&self) -> Option<&str> {
        self.rest("forcecommand").filter(|command| !command.eq_ignore_ascii_case("none"))
    }

    /// Whether a method of authentication is in use.
    pub fn is_method_enabled(&self, method: &str) -> bool {
        match method {
            "none" => true,
            "publickey" => self.switch("pubkeyauthentication", true),
            "password" => self.switch("passwordauthentication", true),
            "keyboard-interactive" => self.switch("kbdinteractiveauthentication", true),
            "hostbased" => self.switch("hostbasedauthentication", false),
            "gssapi-with-mic" => self.switch("gssapiauthentication", false),
            "gssapi-keyex" => self.switch("gssapikeyexchange", false),
            _ => false,
        }
    }
}
