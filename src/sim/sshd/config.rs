//! `sshd_config`: what sshd reads, what it refuses to start with, and what holds for a connection.
//!
//! Source: OpenSSH `servconf.c`. Of a keyword's values the first one counts, but a `Match` block
//! that fits goes before the global part; the four lists of names grow with every line.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::keyword;
use super::pattern::{self, Verdict};

/// A line that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    keyword: String,
    words: Vec<String>,
    /// Everything behind the keyword, as it stands there.
    rest: String,
}

/// The lines below one `Match`, or those before the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    /// The criteria of `Match`: name and argument; none for the global section.
    criteria: Vec<(String, String)>,
    directives: Vec<Directive>,
}

/// A configuration that sshd starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    global: Section,
    blocks: Vec<Section>,
}

/// What `Match` looks at.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// Who wants to log in.
    pub user: &'a str,
    /// The names of that user's groups.
    pub groups: &'a [String],
    /// Where the client is.
    pub address: IpAddr,
    /// The port that sshd listens on.
    pub port: u16,
}

/// What sshd says of a configuration that it does not start with, line by line.
pub type Complaints = Vec<String>;

const FILE: &str = "/etc/ssh/sshd_config";

/// The words of a line: quoted ones may hold blanks, a `#` ends it. `None`: a quote stays open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        match letters.peek() {
            None | Some('#') => return Some(words),
            Some(_) => {}
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(letter) = letters.next() {
            match (letter, quote) {
                ('\\', _) if matches!(letters.peek(), Some('\'' | '"' | '\\')) => {
                    word.extend(letters.next());
                }
                (letter, Some(open)) if letter == open => quote = None,
                ('"' | '\'', None) => quote = Some(letter),
                (letter, None) if letter.is_whitespace() => break,
                (letter, _) => word.push(letter),
            }
        }
        if quote.is_some() {
            return None;
        }
        words.push(word);
    }
}

/// Why reading stopped at a line.
enum Wrong {
    /// sshd goes on reading, and then does not start.
    Later(String),
    /// sshd stops at once.
    Now(String),
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// What sshd says if it does not start with it.
    pub fn parse(text: &str) -> Result<Self, Complaints> {
        let mut config = Self::default();
        let mut complaints = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match config.read_line(line, number) {
                Ok(()) => {}
                Err(Wrong::Later(complaint)) => complaints.push(complaint),
                Err(Wrong::Now(complaint)) => {
                    complaints.push(complaint);
                    return Err(complaints);
                }
            }
        }
        if complaints.is_empty() {
            return Ok(config);
        }
        let count = complaints.len();
        complaints.push(format!("{FILE}: terminating, {count} bad configuration options"));
        Err(complaints)
    }

    fn read_line(&mut self, line: &str, number: usize) -> Result<(), Wrong> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
        let (written, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        let keyword = written.to_ascii_lowercase();
        if !keyword::is_known(&keyword) {
            let text = format!("{FILE}: line {number}: Bad configuration option: {written}");
            return Err(Wrong::Later(text));
        }
        let here = format!("{FILE} line {number}");
        if !self.blocks.is_empty() && keyword::is_global(&keyword) {
            let text = format!("{here}: Directive '{written}' is not allowed within a Match block");
            return Err(Wrong::Now(text));
        }
        let Some(words) = words(rest) else {
            return Err(Wrong::Later(format!("{here}: invalid quotes")));
        };
        if words.is_empty() {
            return Err(Wrong::Later(format!("{here}: no argument after keyword \"{written}\"")));
        }
        if keyword == "match" {
            let criteria = criteria(&words)
                .map_err(|text| Wrong::Now(format!("{text}\n{here}: Bad Match condition")))?;
            self.blocks.push(Section { criteria, directives: Vec::new() });
            return Ok(());
        }
        let value = words.first().map(String::as_str).unwrap_or_default();
        keyword::check_value(&keyword, value)
            .map_err(|text| Wrong::Now(format!("{here}: {text}")))?;
        if words.len() > 1 && !keyword::takes_many(&keyword) {
            let text = format!("{here}: keyword {written} extra arguments at end of line");
            return Err(Wrong::Later(text));
        }
        let section = self.blocks.last_mut().unwrap_or(&mut self.global);
        section.directives.push(Directive { keyword, words, rest: rest.to_owned() });
        Ok(())
    }

    /// What holds for a connection.
    pub fn effective(&self, connection: &Connection<'_>) -> Effective {
        let mut matched = BTreeMap::new();
        for block in self.blocks.iter().filter(|block| block.fits(connection)) {
            block.add_to(&mut matched);
        }
        let mut all = BTreeMap::new();
        self.global.add_to(&mut all);
        all.extend(matched);
        Effective(all)
    }
}

/// `Match` has names and arguments in turn; `All` stands alone.
fn criteria(words: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut criteria = Vec::new();
    let mut words = words.iter();
    while let Some(name) = words.next() {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "all" if criteria.is_empty() && words.len() == 0 => {
                criteria.push((lower, String::new()));
            }
            "all" => return Err("'all' cannot be combined with other Match attributes".to_owned()),
            "user" | "group" | "host" | "address" | "localaddress" | "localport" | "rdomain" => {
                let argument = words.next();
                let argument =
                    argument.ok_or_else(|| format!("Missing Match criteria for {name}"))?;
                if lower == "localport" && argument.parse::<u16>().is_err() {
                    return Err(format!("Invalid LocalPort '{argument}' on Match line"));
                }
                criteria.push((lower, argument.clone()));
            }
            _ => return Err(format!("Unsupported Match attribute {name}")),
        }
    }
    Ok(criteria)
}

impl Section {
    fn fits(&self, connection: &Connection<'_>) -> bool {
        self.criteria.iter().all(|(name, argument)| match name.as_str() {
            "all" => true,
            "user" => pattern::name_list(connection.user, argument) == Verdict::Fits,
            "group" => {
                let verdicts: Vec<Verdict> =
                    connection.groups.iter().map(|it| pattern::name_list(it, argument)).collect();
                !verdicts.contains(&Verdict::Excluded) && verdicts.contains(&Verdict::Fits)
            }
            "host" | "address" => {
                pattern::address_list(connection.address, argument) == Verdict::Fits
            }
            "localport" => argument.parse() == Ok(connection.port),
            // The systems of a fleet listen on loopback, which no real one's clients ask for.
            _ => false,
        })
    }

    fn add_to(&self, values: &mut BTreeMap<String, Directive>) {
        for directive in &self.directives {
            match values.get_mut(&directive.keyword) {
                None => drop(values.insert(directive.keyword.clone(), directive.clone())),
                Some(known) if keyword::adds_up(&directive.keyword) => {
                    known.words.extend(directive.words.iter().cloned());
                }
                Some(_) => {}
            }
        }
    }
}

/// What holds for one connection.
#[derive(Clone, Debug)]
pub struct Effective(BTreeMap<String, Directive>);

impl Effective {
    /// The words of a keyword; empty if it is not set.
    pub fn words(&self, keyword: &str) -> &[String] {
        self.0.get(keyword).map_or(&[], |directive| &directive.words)
    }

    /// The first word of a keyword, if it is set.
    pub fn word(&self, keyword: &str) -> Option<&str> {
        self.words(keyword).first().map(String::as_str)
    }

    /// A switch, or what sshd takes it for when it is not set.
    pub fn switch(&self, keyword: &str, default: bool) -> bool {
        self.word(keyword).map_or(default, |value| value == "yes")
    }

    /// `ForceCommand`, as it is written; `none` is none.
    pub fn forced_command(&self) -> Option<&str> {
        let command = self.0.get("forcecommand")?.rest.as_str();
        (!command.eq_ignore_ascii_case("none")).then_some(command)
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
