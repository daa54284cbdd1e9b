//! The keywords of `sshd_config`: where each may stand, and what follows it.
//!
//! Source: OpenSSH `servconf.c` (`keywords`), with what Debian adds (`debian-banner.patch`,
//! `gssapi.patch`).

use super::algorithms::Purpose;
use super::value::Value::{self, *};

/// A keyword.
#[derive(Clone, Copy, Debug)]
pub struct Keyword {
    /// Its name in small letters; of an alias, the name that it stands for.
    pub name: &'static str,
    /// Whether it may stand below `Match`.
    pub may_match: bool,
    /// What follows it.
    pub value: Value,
}

const YES_OR_NO: Value = OneOf(&["yes", "no"]);
const FORWARDING: Value = OneOf(&["yes", "all", "no", "remote", "local"]);

/// Keywords that may stand below `Match`.
const ANYWHERE: &[(&str, Value)] = &[
    ("acceptenv", Names),
    ("allowagentforwarding", YES_OR_NO),
    ("allowgroups", Groups),
    ("allowstreamlocalforwarding", FORWARDING),
    ("allowtcpforwarding", FORWARDING),
    ("allowusers", Users),
    ("authenticationmethods", Methods),
    ("authorizedkeyscommand", AbsoluteCommand),
    ("authorizedkeyscommanduser", Word),
    ("authorizedkeysfile", Files),
    ("authorizedkeysfile2", Ignored),
    ("authorizedprincipalscommand", AbsoluteCommand),
    ("authorizedprincipalscommanduser", Word),
    ("authorizedprincipalsfile", Word),
    ("banner", Word),
    ("casignaturealgorithms", Algorithms(Purpose::Key)),
    ("channeltimeout", Timeouts),
    ("chrootdirectory", Word),
    ("clientalivecountmax", Integer),
    ("clientaliveinterval", Time),
    ("denygroups", Groups),
    ("denyusers", Users),
    ("disableforwarding", YES_OR_NO),
    ("exposeauthinfo", YES_OR_NO),
    ("forcecommand", Rest),
    ("gatewayports", OneOf(&["clientspecified", "yes", "no"])),
    ("gssapiauthentication", YES_OR_NO),
    ("hostbasedacceptedalgorithms", Algorithms(Purpose::Key)),
    ("hostbasedauthentication", YES_OR_NO),
    ("hostbasedusesnamefrompacketonly", YES_OR_NO),
    ("ignorerhosts", OneOf(&["yes", "no", "shosts-only"])),
    ("include", Files),
    ("ipqos", ServiceQuality),
    ("kbdinteractiveauthentication", YES_OR_NO),
    ("kerberosauthentication", YES_OR_NO),
    ("loglevel", LogLevel),
    ("logverbose", NoneOrWords),
    ("match", Rest),
    ("maxauthtries", Integer),
    ("maxsessions", Integer),
    ("passwordauthentication", YES_OR_NO),
    ("permitemptypasswords", YES_OR_NO),
    ("permitlisten", Permissions { port_alone: true }),
    ("permitopen", Permissions { port_alone: false }),
    (
        "permitrootlogin",
        OneOf(&["without-password", "prohibit-password", "forced-commands-only", "yes", "no"]),
    ),
    ("permittty", YES_OR_NO),
    ("permittunnel", Tunnel),
    ("permituserrc", YES_OR_NO),
    ("pubkeyacceptedalgorithms", Algorithms(Purpose::Key)),
    ("pubkeyauthentication", YES_OR_NO),
    ("pubkeyauthoptions", KeyRequirements),
    ("rdomain", RoutingDomain),
    ("rekeylimit", RekeyLimit),
    ("requiredrsasize", Integer),
    ("revokedkeys", Word),
    ("rhostsrsaauthentication", Ignored),
    ("rsaauthentication", Ignored),
    ("setenv", Assignments),
    ("streamlocalbindmask", Octal),
    ("streamlocalbindunlink", YES_OR_NO),
    ("trustedusercakeys", Word),
    ("unusedconnectiontimeout", NoneOrTime),
    ("x11displayoffset", Integer),
    ("x11forwarding", YES_OR_NO),
    ("x11uselocalhost", YES_OR_NO),
];

/// Keywords that may not.
const GLOBAL: &[(&str, Value)] = &[
    ("addressfamily", OneOf(&["inet", "inet6", "any"])),
    ("afstokenpassing", Ignored),
    ("checkmail", Ignored),
    ("ciphers", Algorithms(Purpose::Cipher)),
    ("compression", OneOf(&["yes", "delayed", "no"])),
    ("debianbanner", YES_OR_NO),
    ("fingerprinthash", Digest),
    ("gssapicleanupcredentials", YES_OR_NO),
    ("gssapikexalgorithms", Word),
    ("gssapikeyexchange", YES_OR_NO),
    ("gssapistorecredentialsonrekey", YES_OR_NO),
    ("gssapistrictacceptorcheck", YES_OR_NO),
    ("hostcertificate", Word),
    ("hostkey", Word),
    ("hostkeyagent", Word),
    ("hostkeyalgorithms", Algorithms(Purpose::Key)),
    ("ignoreuserknownhosts", YES_OR_NO),
    ("kerberosgetafstoken", Ignored),
    ("kerberosorlocalpasswd", YES_OR_NO),
    ("kerberostgtpassing", Ignored),
    ("kerberosticketcleanup", YES_OR_NO),
    ("kexalgorithms", Algorithms(Purpose::KeyExchange)),
    ("keyregenerationinterval", Ignored),
    ("listenaddress", ListenAddress),
    ("logingracetime", Time),
    ("macs", Algorithms(Purpose::Mac)),
    ("maxstartups", MaxStartups),
    ("modulifile", Word),
    ("pamauthenticationviakbdint", Ignored),
    ("permituserenvironment", Word),
    ("persourcemaxstartups", NoneOrInteger),
    ("persourcenetblocksize", NetBlockSize),
    ("pidfile", Word),
    ("port", Port),
    ("printlastlog", YES_OR_NO),
    ("printmotd", YES_OR_NO),
    ("protocol", Ignored),
    ("reversemappingcheck", Ignored),
    ("rhostsauthentication", Ignored),
    ("securitykeyprovider", Word),
    ("serverkeybits", Ignored),
    ("strictmodes", YES_OR_NO),
    ("subsystem", Subsystem),
    ("syslogfacility", LogFacility),
    ("tcpkeepalive", YES_OR_NO),
    ("usedns", YES_OR_NO),
    ("uselogin", Ignored),
    ("usepam", YES_OR_NO),
    ("useprivilegeseparation", Ignored),
    ("verifyreversemapping", Ignored),
    ("versionaddendum", Rest),
    ("xauthlocation", Word),
];

/// Other names of keywords. One of them may stand in fewer places than what it stands for.
const ALIASES: [(&str, &str, bool); 8] = [
    ("challengeresponseauthentication", "kbdinteractiveauthentication", true),
    ("dsaauthentication", "pubkeyauthentication", false),
    ("gssapiusesessioncredcache", "gssapicleanupcredentials", false),
    ("hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms", true),
    ("hostdsakey", "hostkey", false),
    ("keepalive", "tcpkeepalive", false),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms", true),
    ("skeyauthentication", "kbdinteractiveauthentication", true),
];

/// The keyword of that name, if sshd knows it.
pub fn find(written: &str) -> Option<Keyword> {
    let lower = written.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, ..)| *alias == lower);
    let wanted = alias.map_or(lower.as_str(), |(_, name, _)| *name);
    let named = |(name, _): &&(&str, Value)| *name == wanted;
    let (found, may_match) = match ANYWHERE.iter().find(named) {
        Some(found) => (found, alias.is_none_or(|(.., may_match)| *may_match)),
        None => (GLOBAL.iter().find(named)?, false),
    };
    Some(Keyword { name: found.0, may_match, value: found.1 })
}
