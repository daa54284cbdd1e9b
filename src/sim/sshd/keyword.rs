//! The keywords of `sshd_config`: where each may stand, how many words it takes, and which values.
//!
//! Source: OpenSSH `servconf.c`.

/// Keywords that may stand below `Match`.
const ANYWHERE: &str = "acceptenv allowagentforwarding allowgroups allowstreamlocalforwarding \
    allowtcpforwarding allowusers authenticationmethods authorizedkeyscommand \
    authorizedkeyscommanduser authorizedkeysfile authorizedkeysfile2 authorizedprincipalscommand \
    authorizedprincipalscommanduser authorizedprincipalsfile banner casignaturealgorithms \
    challengeresponseauthentication channeltimeout chrootdirectory clientalivecountmax \
    clientaliveinterval denygroups denyusers disableforwarding exposeauthinfo forcecommand \
    gatewayports gssapiauthentication hostbasedacceptedalgorithms hostbasedacceptedkeytypes \
    hostbasedauthentication hostbasedusesnamefrompacketonly ignorerhosts include ipqos \
    kbdinteractiveauthentication kerberosauthentication loglevel logverbose match maxauthtries \
    maxsessions passwordauthentication permitemptypasswords permitlisten permitopen \
    permitrootlogin permittty permittunnel permituserrc pubkeyacceptedalgorithms \
    pubkeyacceptedkeytypes pubkeyauthentication pubkeyauthoptions rdomain rekeylimit \
    requiredrsasize revokedkeys rhostsrsaauthentication rsaauthentication setenv \
    skeyauthentication streamlocalbindmask streamlocalbindunlink trustedusercakeys \
    unusedconnectiontimeout x11displayoffset x11forwarding x11uselocalhost";
/// Keywords that may not.
const GLOBAL: &str = "addressfamily afstokenpassing checkmail ciphers compression debianbanner \
    dsaauthentication fingerprinthash gssapicleanupcredentials gssapikeyexchange \
    gssapistorecredentialsonrekey gssapistrictacceptorcheck hostcertificate hostdsakey hostkey \
    hostkeyagent hostkeyalgorithms ignoreuserknownhosts keepalive kerberosgetafstoken \
    kerberosorlocalpasswd kerberostgtpassing kerberosticketcleanup kexalgorithms \
    keyregenerationinterval listenaddress logingracetime macs maxstartups modulifile \
    pamauthenticationviakbdint persourcemaxstartups persourcenetblocksize permituserenvironment \
    pidfile port printlastlog printmotd protocol reversemappingcheck rhostsauthentication \
    securitykeyprovider serverkeybits strictmodes subsystem syslogfacility tcpkeepalive usedns \
    uselogin usepam useprivilegeseparation verifyreversemapping versionaddendum xauthlocation";
/// Keywords that are yes or no.
const SWITCHES: &str = "exposeauthinfo hostbasedauthentication kbdinteractiveauthentication \
    passwordauthentication permitemptypasswords permittty permituserrc printlastlog printmotd \
    pubkeyauthentication strictmodes usedns usepam x11forwarding x11uselocalhost \
    challengeresponseauthentication";
/// Keywords whose lines add up instead of the first one counting.
const LISTS: [&str; 4] = ["allowgroups", "allowusers", "denygroups", "denyusers"];
/// Keywords that take any number of words.
const MANY_WORDS: &str = "acceptenv allowgroups allowusers authenticationmethods \
    authorizedkeyscommand authorizedkeysfile authorizedprincipalscommand authorizedprincipalsfile \
    channeltimeout denygroups denyusers forcecommand include ipqos logverbose match permitlisten \
    permitopen pubkeyauthoptions rekeylimit setenv subsystem versionaddendum";

fn among(keyword: &str, keywords: &str) -> bool {
    keywords.split_whitespace().any(|known| known == keyword)
}

/// Whether sshd knows the keyword, written in small letters.
pub fn is_known(keyword: &str) -> bool {
    among(keyword, ANYWHERE) || is_global(keyword)
}

/// Whether the keyword may not stand below `Match`.
pub fn is_global(keyword: &str) -> bool {
    among(keyword, GLOBAL)
}

/// Whether the keyword's lines add up instead of the first one counting.
pub fn adds_up(keyword: &str) -> bool {
    LISTS.contains(&keyword)
}

/// Whether the keyword takes any number of words.
pub fn takes_many(keyword: &str) -> bool {
    among(keyword, MANY_WORDS)
}

/// Checks the values that this server looks at.
///
/// # Errors
/// What sshd says of the value, without the place.
pub fn check_value(keyword: &str, value: &str) -> Result<(), String> {
    let yes_or_no = ["yes", "no"].contains(&value);
    let good = match keyword {
        "permitrootlogin" => {
            let less = ["without-password", "prohibit-password", "forced-commands-only"];
            yes_or_no || less.contains(&value)
        }
        "port" => {
            return match value.parse::<u16>() {
                Ok(1..) => Ok(()),
                _ => Err("Badly formatted port number.".to_owned()),
            };
        }
        _ => yes_or_no || !among(keyword, SWITCHES),
    };
    if good { Ok(()) } else { Err(format!("unsupported option \"{value}\".")) }
}
