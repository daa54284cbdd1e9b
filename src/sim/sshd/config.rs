//! `sshd_config`: what sshd reads, what it refuses to start with, and what holds for a connection.
//!
//! sshd reads its configuration twice. At the start, the lines below a `Match` are only checked,
//! unless it says `all`; of a keyword's values the first one counts, but the four lists of names
//! grow with every line. For a connection it reads the blocks that fit once more, with the same
//! rules among them, and what they set goes before the global part.
//!
//! Source: OpenSSH `servconf.c`.

mod criteria;
mod effective;
mod line;

use super::algorithms;
use super::keyword::{self, Keyword};
use super::methods;
use super::value::{Complaint, Line};
pub use criteria::Connection;
use criteria::Criteria;
pub use effective::Effective;
use effective::merged;

/// A line that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    keyword: &'static str,
    words: Vec<String>,
    /// Everything behind the keyword, as it stands there.
    rest: String,
}

/// The lines below one `Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    criteria: Criteria,
    directives: Vec<Directive>,
}

/// A configuration that sshd starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    global: Vec<Directive>,
    blocks: Vec<Block>,
}

/// What sshd says of a configuration that it does not start with, line by line.
pub type Complaints = Vec<String>;

const FILE: &str = "/etc/ssh/sshd_config";
/// Why reading stopped at a line.
enum Wrong {
    /// sshd goes on reading, and then does not start.
    Later(String),
    /// sshd stops at once.
    Now(Vec<String>),
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// What sshd says if it does not start with it.
    pub fn parse(text: &str) -> Result<Self, Complaints> {
        let mut config = Self::default();
        let mut complaints = Vec::new();
        for (number, line) in (1..).zip(text.split('\n')) {
            match config.read_line(line, number) {
                Ok(()) => {}
                Err(Wrong::Later(complaint)) => complaints.push(complaint),
                Err(Wrong::Now(told)) => {
                    complaints.extend(told);
                    return Err(complaints);
                }
            }
        }
        if !complaints.is_empty() {
            let count = complaints.len();
            complaints.push(format!("{FILE}: terminating, {count} bad configuration options"));
            return Err(complaints);
        }
        config.check_as_a_whole().map_err(|told| vec![told])?;
        Ok(config)
    }

    fn read_line(&mut self, line: &str, number: usize) -> Result<(), Wrong> {
        let line = line.trim_start_matches([' ', '\t', '\r']);
        let line = line.trim_end_matches([' ', '\t', '\r', '\n', '\u{c}']);
        let Some((first, mut rest)) = line::first_word(line) else { return Ok(()) };
        let mut written = first;
        if written.is_empty() && !rest.is_empty() {
            let Some((second, after)) = line::first_word(rest) else { return Ok(()) };
            (written, rest) = (second, after);
        }
        if written.is_empty() || written.starts_with('#') {
            return Ok(());
        }
        let here = format!("{FILE} line {number}");
        if rest.is_empty() {
            return Err(Wrong::Later(format!("{here}: no argument after keyword \"{written}\"")));
        }
        let keyword = keyword::find(&written);
        let unknown = format!("{FILE}: line {number}: Bad configuration option: {written}");
        let unknown = keyword.is_none().then_some(unknown);
        let Some(words) = line::words(rest) else {
            let told = unknown.into_iter().chain([format!("{here}: invalid quotes")]);
            return Err(Wrong::Later(told.collect::<Vec<_>>().join("\n")));
        };
        let may_match = keyword.is_some_and(|keyword| keyword.may_match);
        if self.blocks.last().is_some_and(|block| !block.criteria.is_all()) && !may_match {
            let text = format!("{here}: Directive '{written}' is not allowed within a Match block");
            return Err(Wrong::Now(unknown.into_iter().chain([text]).collect()));
        }
        let Some(keyword) = keyword else {
            return Err(Wrong::Later(unknown.unwrap_or_default()));
        };
        let line = Line { keyword: &written, rest, words: &words };
        self.take(keyword, &line, number).map_err(|complaint| match complaint {
            Complaint::Later(text) => Wrong::Later(format!("{here}: {text}")),
            Complaint::Now(text) if keyword.name == "match" => Wrong::Now(vec![text]),
            Complaint::Now(text) => Wrong::Now(vec![format!("{here}: {text}")]),
        })
    }

    fn take(&mut self, keyword: Keyword, line: &Line<'_>, number: usize) -> Result<(), Complaint> {
        if keyword.name == "match" {
            let criteria = Criteria::parse(line.rest, number).map_err(|told| match told {
                criteria::Complaint::Line(text) => Complaint::Now(text),
                criteria::Complaint::Condition(text) => {
                    Complaint::Now(format!("{text}\n{FILE} line {number}: Bad Match condition"))
                }
            })?;
            self.blocks.push(Block { criteria, directives: Vec::new() });
            return Ok(());
        }
        keyword.value.check(line)?;
        let is_set = |name: &str| self.global.iter().any(|directive| directive.keyword == name);
        if line.words.first().is_some_and(|word| word == "any")
            && keyword.name == "authenticationmethods"
            && is_set("authenticationmethods")
        {
            let text = format!("\"any\" must appear alone in {}", line.keyword);
            return Err(Complaint::Now(text));
        }
        let is_repeated = |directive: &Directive| {
            directive.keyword == "subsystem" && directive.words.first() == line.words.first()
        };
        if keyword.name == "subsystem" && self.global.iter().any(is_repeated) {
            let name = line.words.first().map(String::as_str).unwrap_or_default();
            return Err(Complaint::Now(format!("Subsystem '{name}' already defined.")));
        }
        let directive = Directive {
            keyword: keyword.name,
            words: line.words.to_vec(),
            rest: line.rest.to_owned(),
        };
        match self.blocks.last_mut() {
            None => self.global.push(directive),
            Some(block) => {
                if block.criteria.is_all() {
                    self.global.push(directive.clone());
                }
                block.directives.push(directive);
            }
        }
        Ok(())
    }

    /// What sshd looks at when it has read everything.
    fn check_as_a_whole(&self) -> Result<(), String> {
        let global = Effective::new(merged(self.global.iter()));
        for keyword in [
            "pubkeyacceptedalgorithms",
            "hostbasedacceptedalgorithms",
            "hostkeyalgorithms",
            "casignaturealgorithms",
        ] {
            let list = global.word(keyword).unwrap_or("*");
            if algorithms::assemble_keys(list).is_err() {
                return Err(format!("assemble_algorithms: {keyword}: invalid argument"));
            }
        }
        for (command, user, name) in [
            ("authorizedkeyscommand", "authorizedkeyscommanduser", "AuthorizedKeysCommand"),
            (
                "authorizedprincipalscommand",
                "authorizedprincipalscommanduser",
                "AuthorizedPrincipalsCommand",
            ),
        ] {
            let is_set = global.rest(command).is_some_and(|it| !it.eq_ignore_ascii_case("none"));
            if is_set && global.word(user).is_none() {
                return Err(format!("{name} set without {name}User"));
            }
        }
        let methods = global.words("authenticationmethods");
        let satisfies = |list: &String| {
            list == "any" || methods::is_enabled(list, |method| global.is_method_enabled(method))
        };
        if !methods.is_empty() && !methods.iter().any(satisfies) {
            let text =
                "AuthenticationMethods cannot be satisfied by enabled authentication methods";
            return Err(text.to_owned());
        }
        Ok(())
    }

    /// What holds for a connection.
    pub fn effective(&self, connection: &Connection<'_>) -> Effective {
        let fitting = self.blocks.iter().filter(|block| block.criteria.fit(connection));
        let matched = fitting.flat_map(|block| &block.directives).filter(|directive| {
            keyword::find(directive.keyword).is_some_and(|keyword| keyword.may_match)
        });
        let mut all = merged(self.global.iter());
        all.extend(merged(matched));
        Effective::new(all)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn effective(text: &str) -> Effective {
        let groups = ["link".to_owned(), "backup".to_owned()];
        let connection = Connection {
            user: "link",
            groups: &groups,
            address: Ipv4Addr::new(192, 0, 2, 17).into(),
            local_address: Ipv4Addr::new(192, 0, 2, 1).into(),
            port: 22,
        };
        Config::parse(text).expect("a configuration").effective(&connection)
    }

    #[test]
    fn the_first_value_counts_and_lists_grow() {
        let config = effective(
            "PubkeyAuthentication yes\npubkeyauthentication=no\nDenyUsers a\nDenyUsers \"b c\" d #x",
        );
        assert!(config.switch("pubkeyauthentication", true));
        assert_eq!(config.words("denyusers"), ["a", "b c", "d"]);
        assert!(config.switch("strictmodes", true));
    }

    #[test]
    fn a_block_that_fits_goes_before_the_global_part() {
        for criteria in
            ["User l*", "Group backup", "Address 192.0.2.0/24", "all", "User x,link LocalPort 22"]
        {
            let config = effective(&format!(
                "PubkeyAuthentication yes\nMatch {criteria}\nPubkeyAuthentication no\nForceCommand echo \"a b\""
            ));
            assert!(!config.switch("pubkeyauthentication", true), "{criteria}");
            assert_eq!(config.forced_command(), Some("echo \"a b\""));
        }
        for criteria in
            ["User x", "Group !link,*", "Address 10.0.0.0/8", "User link LocalPort 2222"]
        {
            let config = effective(&format!("Match {criteria}\n PubkeyAuthentication no"));
            assert!(config.switch("pubkeyauthentication", true), "{criteria}");
        }
    }

    #[test]
    fn complaints_are_those_of_sshd() {
        for (text, told) in [
            (
                "NonsenseKeyword yes",
                "sshd_config: line 1: Bad configuration option: NonsenseKeyword\n/etc/ssh/sshd_config: terminating, 1 bad configuration options",
            ),
            (
                "\nPort",
                "sshd_config line 2: no argument after keyword \"Port\"\n/etc/ssh/sshd_config: terminating, 1 bad configuration options",
            ),
            ("StrictModes maybe", "sshd_config line 1: unsupported option \"maybe\"."),
            ("PermitRootLogin sometimes", "sshd_config line 1: unsupported option \"sometimes\"."),
            (
                "Match User x\nPort 22",
                "sshd_config line 2: Directive 'Port' is not allowed within a Match block",
            ),
            ("Match Foo x", "sshd_config line 1: Bad Match condition"),
            (
                "DenyUsers \"link",
                "sshd_config line 1: invalid quotes\n/etc/ssh/sshd_config: terminating, 1 bad configuration options",
            ),
            (
                "PubkeyAuthentication yes no",
                "sshd_config line 1: keyword PubkeyAuthentication extra arguments at end of line\n/etc/ssh/sshd_config: terminating, 1 bad configuration options",
            ),
        ] {
            let complaints = Config::parse(text).expect_err(text).join("\n");
            assert!(complaints.ends_with(told), "{text}: {complaints}");
        }
        for good in
            ["", "# note\n\nPermitRootLogin no", "Match All", "AuthorizedKeysFile .ssh/a .ssh/b"]
        {
            assert!(Config::parse(good).is_ok(), "{good}");
        }
    }
}
