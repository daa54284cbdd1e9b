//! Checks of single values.

use super::super::algorithms::{self, Purpose};
use super::super::key_options::{integer, port_number};
use super::Complaint;

const SERVICE_QUALITIES: &str = "none af11 af12 af13 af21 af22 af23 af31 af32 af33 af41 af42 af43 \
    cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 ef le lowdelay throughput reliability";

pub(super) fn is_among(word: &str, words: &str) -> bool {
    words.split_whitespace().any(|known| known.eq_ignore_ascii_case(word))
}

/// `atoi_err`: a number from 0 that fits into 31 bits.
pub(super) fn check_integer(word: &str) -> Result<(), &'static str> {
    match integer(word) {
        _ if word.is_empty() => Err("missing"),
        None => Err("invalid"),
        Some(..0) => Err("too small"),
        Some(number) if number > i64::from(i32::MAX) => Err("too large"),
        Some(_) => Ok(()),
    }
}

/// `convtime`: numbers, each with a unit or none.
pub(super) fn is_time(word: &str) -> bool {
    let mut total = 0_i64;
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(number) = rest[..end].parse::<i64>() else { return false };
        let mut letters = rest[end..].chars();
        let unit = match letters.next().map(|unit| unit.to_ascii_lowercase()) {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 60 * 60,
            Some('d') => 24 * 60 * 60,
            Some('w') => 7 * 24 * 60 * 60,
            Some(_) => return false,
        };
        total =
            number.checked_mul(unit).and_then(|time| total.checked_add(time)).unwrap_or(i64::MAX);
        rest = letters.as_str();
    }
    !word.is_empty() && total <= i64::from(i32::MAX)
}

pub(super) fn check_algorithms(
    purpose: Purpose,
    keyword: &str,
    list: &str,
) -> Result<usize, Complaint> {
    let text = match purpose {
        Purpose::Key if list.is_empty() => "Missing argument.".to_owned(),
        _ if list.is_empty() => format!("{keyword} missing argument."),
        _ if algorithms::are_valid(purpose, list) => return Ok(1),
        Purpose::Key => format!("Bad key types '{list}'."),
        Purpose::Cipher => format!("Bad SSH2 cipher spec '{list}'."),
        Purpose::Mac => format!("Bad SSH2 mac spec '{list}'."),
        Purpose::KeyExchange => format!("Bad SSH2 KexAlgorithms '{list}'."),
    };
    Err(Complaint::Now(text))
}

pub(super) fn check_none_alone(keyword: &str, words: &[String]) -> Result<usize, Complaint> {
    let has_none = words.iter().any(|word| word.eq_ignore_ascii_case("none"));
    if has_none && words.len() > 1 {
        let text = format!("keyword {keyword} \"none\" argument must appear alone.");
        return Err(Complaint::Later(text));
    }
    Ok(words.len())
}

/// Whether a path begins with the home of an account that is not root's: the configuration is read
/// as root, and names no other.
pub(super) fn is_unknown_home(path: &str) -> bool {
    path.strip_prefix('~').is_some_and(|rest| {
        let name = rest.split('/').next().unwrap_or_default();
        !name.is_empty() && name != "root"
    })
}

pub(super) fn check_permissions(
    keyword: &str,
    words: &[String],
    port_alone: bool,
) -> Result<usize, Complaint> {
    if words.first().is_some_and(|word| word == "any" || word == "none") {
        return Ok(1);
    }
    for word in words {
        let port = match word.rfind([':', '/']) {
            Some(at) => &word[at + 1..],
            None if port_alone => word,
            None => "",
        };
        if port != "*" && port_number(port).is_none_or(|port| port == 0) {
            return Err(Complaint::Now(format!("{keyword} bad port number")));
        }
    }
    Ok(words.len())
}

pub(super) fn is_service_quality(word: &str) -> bool {
    let number = match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => integer(word),
    };
    is_among(word, SERVICE_QUALITIES) || number.is_some_and(|number| (0..=255).contains(&number))
}

pub(super) fn check_rekey_limit(keyword: &str, words: &[String]) -> Result<usize, Complaint> {
    let first = words.first().map(String::as_str).unwrap_or_default();
    if first != "default" {
        let unit = first.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &first[..first.len() - unit.len()];
        let is_unit = unit.is_empty() || is_among(unit, "b k m g t p e");
        let Some(number) = digits.parse::<i64>().ok().filter(|_| is_unit) else {
            let text = format!("Bad {keyword} number '{first}': Invalid argument");
            return Err(Complaint::Now(text));
        };
        if unit.is_empty() && (1..16).contains(&number) {
            return Err(Complaint::Now(format!("{keyword} too small")));
        }
    }
    match words.get(1).map(String::as_str) {
        None => Ok(1),
        Some(time) if time == "none" || is_time(time) => Ok(2),
        Some(_) => Err(Complaint::Now("invalid time value.".to_owned())),
    }
}

pub(super) fn check_listen_address(first: &str) -> Result<usize, Complaint> {
    let port = match first.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(_, rest)| rest.strip_prefix(':')),
        None if first.matches(':').count() > 1 => Some(None),
        None => Some(first.split_once([':', '/']).map(|(_, port)| port)),
    };
    match port {
        _ if first.is_empty() => Err(Complaint::Now("missing address".to_owned())),
        None => Err(Complaint::Now("bad address:port usage".to_owned())),
        Some(Some(port)) if port_number(port).is_none_or(|port| port == 0) => {
            Err(Complaint::Now("bad port number".to_owned()))
        }
        Some(_) => Ok(1),
    }
}

/// `START:RATE:FULL`, or `FULL` alone.
pub(super) fn is_max_startups(word: &str) -> bool {
    let numbers: Option<Vec<i64>> = word.split(':').map(integer).collect();
    match numbers.as_deref() {
        Some([full]) => *full > 0,
        Some([start, rate, full]) => *start > 0 && start <= full && (1..=100).contains(rate),
        _ => false,
    }
}
