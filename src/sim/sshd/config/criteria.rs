//! The criteria of `Match`.
//!
//! Source: OpenSSH `servconf.c` (`match_cfg_line`).

use std::net::IpAddr;

use super::super::key_options::port_number;
use super::super::pattern::{self, Verdict};
use super::line::first_word;

/// What `Match` looks at.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// Who wants to log in.
    pub user: &'a str,
    /// The names of that user's groups.
    pub groups: &'a [String],
    /// Where the client is.
    pub address: IpAddr,
    /// The address that the client is connected to.
    pub local_address: IpAddr,
    /// The port that sshd listens on.
    pub port: u16,
}

/// Criteria that all have to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Criteria(Vec<(Criterion, String)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Criterion {
    All,
    User,
    Group,
    Host,
    Address,
    LocalAddress,
    LocalPort,
    RDomain,
}

const NAMES: [(&str, Criterion); 7] = [
    ("user", Criterion::User),
    ("group", Criterion::Group),
    ("host", Criterion::Host),
    ("address", Criterion::Address),
    ("localaddress", Criterion::LocalAddress),
    ("localport", Criterion::LocalPort),
    ("rdomain", Criterion::RDomain),
];

impl Criteria {
    /// Names and arguments in turn; `All` stands alone.
    ///
    /// # Errors
    /// What sshd says of them before it ends; nothing more follows where it says that much.
    pub(super) fn parse(text: &str, number: usize) -> Result<Self, Complaint> {
        let mut criteria = Vec::new();
        let mut rest = text;
        while let Some(name) = next_word(&mut rest) {
            if name.eq_ignore_ascii_case("all") {
                if !criteria.is_empty() || next_word(&mut rest).is_some() {
                    let text = "'all' cannot be combined with other Match attributes";
                    return Err(Complaint::Condition(text.to_owned()));
                }
                return Ok(Self(vec![(Criterion::All, String::new())]));
            }
            let Some(argument) = next_word(&mut rest) else {
                let text = format!("Missing Match criteria for {name}");
                return Err(Complaint::Condition(text));
            };
            let known = NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
            let Some((_, criterion)) = known else {
                let text = format!("Unsupported Match attribute {name}");
                return Err(Complaint::Condition(text));
            };
            check(*criterion, &argument, number)?;
            criteria.push((*criterion, argument));
        }
        if criteria.is_empty() {
            let text = "One or more attributes required for Match";
            return Err(Complaint::Condition(text.to_owned()));
        }
        Ok(Self(criteria))
    }

    /// Whether they are `All`.
    pub(super) fn is_all(&self) -> bool {
        self.0.iter().any(|(criterion, _)| *criterion == Criterion::All)
    }

    pub(super) fn fit(&self, connection: &Connection<'_>) -> bool {
        self.0.iter().all(|(criterion, argument)| {
            let list = |name: &str| pattern::name_list(name, argument) == Verdict::Fits;
            let address = |address| pattern::address_list(address, argument) == Ok(Verdict::Fits);
            match criterion {
                Criterion::All => true,
                Criterion::User => list(connection.user),
                Criterion::Group => {
                    let verdict = |group: &String| pattern::name_list(group, argument);
                    let verdicts: Vec<Verdict> = connection.groups.iter().map(verdict).collect();
                    !verdicts.contains(&Verdict::Excluded) && verdicts.contains(&Verdict::Fits)
                }
                // sshd does not look names up, so the client's is its address.
                Criterion::Host => {
                    let lower = argument.to_ascii_lowercase();
                    let name = connection.address.to_string();
                    pattern::name_list(&name, &lower) == Verdict::Fits
                }
                Criterion::Address => address(connection.address),
                Criterion::LocalAddress => address(connection.local_address),
                Criterion::LocalPort => port_number(argument) == Some(connection.port),
                // There are no routing domains.
                Criterion::RDomain => list(""),
            }
        })
    }
}

/// What is wrong with criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A text, after which sshd names the line.
    Condition(String),
    /// A text that names the line.
    Line(String),
}

fn check(criterion: Criterion, argument: &str, number: usize) -> Result<(), Complaint> {
    let name = match criterion {
        Criterion::LocalPort if port_number(argument).is_none() => {
            let text = format!("Invalid LocalPort '{argument}' on Match line");
            return Err(Complaint::Condition(text));
        }
        Criterion::Address => "address",
        Criterion::LocalAddress => "localaddress",
        _ => return Ok(()),
    };
    match pattern::check_address_list(argument) {
        Ok(()) => Ok(()),
        Err(_) => {
            let text = format!("Invalid Match {name} argument '{argument}' at line {number}");
            Err(Complaint::Line(text))
        }
    }
}

/// Takes the next word off; `None` at the end, or at a comment.
fn next_word(text: &mut &str) -> Option<String> {
    let (word, rest) = first_word(text)?;
    *text = rest;
    (!word.is_empty() && !word.starts_with('#')).then_some(word)
}
