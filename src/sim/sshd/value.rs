//! Values of keywords: which ones sshd starts with.
//!
//! Source: OpenSSH `servconf.c` (`process_server_config_line_depth`), `misc.c` (`atoi_err`,
//! `convtime`, `parse_ipqos`), `log.c`.

mod checks;

use super::algorithms::Purpose;
use super::key_options::{integer, port_number};
use super::methods;
use super::pattern;
use checks::{
    check_algorithms, check_integer, check_listen_address, check_none_alone, check_permissions,
    check_rekey_limit, is_among, is_max_startups, is_service_quality, is_time, is_unknown_home,
};

/// What follows a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing is looked at.
    Ignored,
    /// Everything up to the end of the line.
    Rest,
    /// Everything up to the end of the line, which begins with `/`, or `none`.
    AbsoluteCommand,
    /// One word that is not empty.
    Word,
    /// One of these words, in letters of any size.
    OneOf(&'static [&'static str]),
    /// A number.
    Integer,
    /// A number, or `none`.
    NoneOrInteger,
    /// Seconds, or numbers with units.
    Time,
    /// A time, or `none`.
    NoneOrTime,
    /// Names of algorithms.
    Algorithms(Purpose),
    /// Patterns of users.
    Users,
    /// Patterns of groups.
    Groups,
    /// Paths.
    Files,
    /// Words, or `none` alone.
    NoneOrWords,
    /// Names of variables.
    Names,
    /// Variables with values.
    Assignments,
    /// Lists of methods.
    Methods,
    /// Places that may be reached.
    Permissions {
        /// Whether a port alone is one.
        port_alone: bool,
    },
    /// `PubkeyAuthOptions`
    KeyRequirements,
    /// `ChannelTimeout`
    Timeouts,
    /// `IPQoS`
    ServiceQuality,
    /// `RekeyLimit`
    RekeyLimit,
    /// `PermitTunnel`
    Tunnel,
    /// `StreamLocalBindMask`
    Octal,
    /// `FingerprintHash`
    Digest,
    /// `LogLevel`
    LogLevel,
    /// `SyslogFacility`
    LogFacility,
    /// `ListenAddress`
    ListenAddress,
    /// `MaxStartups`
    MaxStartups,
    /// `PerSourceNetBlockSize`
    NetBlockSize,
    /// `Port`
    Port,
    /// `RDomain`, which Linux does not have.
    RoutingDomain,
    /// `Subsystem`
    Subsystem,
}

/// What sshd says of a line, without the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// It goes on reading, and then does not start.
    Later(String),
    /// It ends at once.
    Now(String),
}

/// A keyword with its words.
pub struct Line<'a> {
    /// The keyword as it is written.
    pub keyword: &'a str,
    /// Everything behind it.
    pub rest: &'a str,
    /// The words of that.
    pub words: &'a [String],
}

const LOG_LEVELS: &str = "quiet fatal error info verbose debug debug1 debug2 debug3";
const LOG_FACILITIES: &str = "daemon user auth authpriv local0 local1 local2 local3 local4 local5 \
    local6 local7";
/// What `DIGEST_LIST` of OpenSSH's `digest-openssl.c` has.
const DIGESTS: &str = "md5 sha1 sha256 sha384 sha512";

impl Value {
    /// Checks what follows a keyword. Words that are left over are too many.
    ///
    /// # Errors
    /// [`Complaint`]
    pub fn check(self, line: &Line<'_>) -> Result<(), Complaint> {
        let taken = self.take(line)?;
        if taken < line.words.len() {
            let text = format!("keyword {} extra arguments at end of line", line.keyword);
            return Err(Complaint::Later(text));
        }
        Ok(())
    }

    /// How many words belong to the keyword.
    fn take(self, line: &Line<'_>) -> Result<usize, Complaint> {
        let Line { keyword, rest, words } = line;
        let all = words.len();
        let first = words.first().map(String::as_str).unwrap_or_default();
        let now = |text: String| Err(Complaint::Now(text));
        let one = |is_good: bool, text: String| if is_good { Ok(1) } else { now(text) };
        let unless_empty = |taken: Result<usize, Complaint>| match first {
            "" => now(format!("{keyword} missing argument.")),
            _ => taken,
        };
        match self {
            Self::Ignored | Self::Rest => Ok(all),
            Self::AbsoluteCommand => {
                let is_good = rest.starts_with('/') || rest.eq_ignore_ascii_case("none");
                if is_good { Ok(all) } else { now(format!("{keyword} must be an absolute path")) }
            }
            Self::Word => unless_empty(Ok(1)),
            Self::OneOf(_) if first.is_empty() => now("missing argument.".to_owned()),
            Self::OneOf(known) => one(
                known.iter().any(|known| known.eq_ignore_ascii_case(first)),
                format!("unsupported option \"{first}\"."),
            ),
            Self::NoneOrInteger if first == "none" => Ok(1),
            Self::Integer | Self::NoneOrInteger => check_integer(first)
                .map(|()| 1)
                .map_err(|wrong| Complaint::Now(format!("{keyword} integer value {wrong}."))),
            Self::NoneOrTime if first.eq_ignore_ascii_case("none") => Ok(1),
            Self::Time | Self::NoneOrTime if first.is_empty() => {
                now("missing time value.".to_owned())
            }
            Self::Time | Self::NoneOrTime => one(is_time(first), "invalid time value.".to_owned()),
            Self::Algorithms(purpose) => check_algorithms(purpose, keyword, first),
            Self::Users => {
                let is_bad = |word: &&String| word.is_empty() || pattern::check_user(word).is_err();
                match words.iter().find(is_bad) {
                    Some(bad) => now(format!("invalid {keyword} pattern: \"{bad}\"")),
                    None => Ok(all),
                }
            }
            Self::Groups if words.iter().any(String::is_empty) => {
                now(format!("empty {keyword} pattern"))
            }
            Self::Files if words.is_empty() && keyword.eq_ignore_ascii_case("include") => {
                now(format!("{keyword} missing filename argument"))
            }
            Self::Files | Self::NoneOrWords if words.iter().any(String::is_empty) => {
                Err(Complaint::Later(format!("keyword {keyword} empty argument")))
            }
            Self::NoneOrWords => check_none_alone(keyword, words),
            Self::Files => match words.iter().find(|word| is_unknown_home(word)) {
                Some(_) => now("tilde_expand_filename: No such user".to_owned()),
                None => Ok(all),
            },
            Self::Groups => Ok(all),
            Self::Names => {
                let is_bad = |word: &String| word.is_empty() || word.contains('=');
                if words.iter().any(is_bad) {
                    now("Invalid environment name.".to_owned())
                } else {
                    Ok(all)
                }
            }
            Self::Assignments => {
                let is_bad = |word: &String| !word.contains('=');
                if words.iter().any(is_bad) {
                    now("Invalid environment.".to_owned())
                } else {
                    Ok(all)
                }
            }
            Self::Methods => methods::check(keyword, words).map(|()| all).map_err(Complaint::Now),
            Self::Permissions { port_alone } => {
                unless_empty(check_permissions(keyword, words, port_alone))
            }
            Self::KeyRequirements => {
                let is_bad =
                    |word: &&String| !is_among(word, "none touch-required verify-required");
                match words.iter().find(is_bad) {
                    Some(bad) => {
                        Err(Complaint::Later(format!("unsupported {keyword} option {bad}")))
                    }
                    None => Ok(all),
                }
            }
            Self::Timeouts => {
                let is_timeout = |word: &str| {
                    let time = word.split_once('=').filter(|(name, _)| !name.is_empty());
                    time.is_some_and(|(_, time)| is_time(time))
                };
                let is_bad =
                    |word: &&String| !word.eq_ignore_ascii_case("none") && !is_timeout(word);
                match words.iter().find(is_bad) {
                    Some(bad) => now(format!("invalid channel timeout {bad}")),
                    None => check_none_alone(keyword, words),
                }
            }
            Self::ServiceQuality => {
                let is_bad = |word: &&String| !is_service_quality(word);
                let looked_at = &words[..all.min(2)];
                unless_empty(match looked_at.iter().find(is_bad) {
                    Some(bad) => now(format!("Bad {keyword} value: {bad}")),
                    None => Ok(looked_at.len()),
                })
            }
            Self::RekeyLimit => unless_empty(check_rekey_limit(keyword, words)),
            Self::Tunnel => {
                let known = ["no", "point-to-point", "ethernet", "yes"];
                unless_empty(one(known.contains(&first), format!("bad {keyword} argument {first}")))
            }
            Self::Octal => {
                let digits = first.find(|c| !('0'..='7').contains(&c)).unwrap_or(first.len());
                let mask = u32::from_str_radix(&first[..digits], 8).ok();
                let is_good = mask.is_some_and(|mask| mask <= 0o777);
                unless_empty(one(is_good, format!("Invalid {keyword}.")))
            }
            Self::Digest => unless_empty(one(
                is_among(first, DIGESTS),
                format!("Invalid {keyword} algorithm \"{first}\"."),
            )),
            Self::LogLevel => {
                one(is_among(first, LOG_LEVELS), format!("unsupported log level '{first}'"))
            }
            Self::LogFacility => {
                one(is_among(first, LOG_FACILITIES), format!("unsupported log facility '{first}'"))
            }
            Self::ListenAddress => check_listen_address(first),
            Self::MaxStartups => {
                unless_empty(one(is_max_startups(first), format!("Invalid {keyword} spec.")))
            }
            Self::NetBlockSize => {
                let (v4, v6) = first.split_once(':').unwrap_or((first, "128"));
                let is_good = integer(v4).is_some_and(|length| (0..=32).contains(&length))
                    && integer(v6).is_some_and(|length| (0..=128).contains(&length));
                unless_empty(one(is_good, format!("Invalid {keyword} spec.")))
            }
            Self::Port if first.is_empty() => now("missing port number.".to_owned()),
            Self::Port => one(
                port_number(first).is_some_and(|port| port > 0),
                "Badly formatted port number.".to_owned(),
            ),
            Self::RoutingDomain => {
                now("setting RDomain not supported on this platform.".to_owned())
            }
            Self::Subsystem => match words {
                [name, command, ..] if !name.is_empty() && !command.is_empty() => Ok(all),
                [name, ..] if !name.is_empty() => now("Missing subsystem command.".to_owned()),
                _ => now(format!("{keyword} missing argument.")),
            },
        }
    }
}
