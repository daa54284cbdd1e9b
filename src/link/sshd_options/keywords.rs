//! The keywords of `sshd_config` (OpenSSH 9.2 `servconf.c`), in small letters.

/// Keywords that may stand below `Match`.
const ANYWHERE: &str = "acceptenv allowagentforwarding allowgroups allowstreamlocalforwarding \
    allowtcpforwarding allowusers authenticationmethods authorizedkeyscommand \
    authorizedkeyscommanduser authorizedkeysfile authorizedprincipalscommand \
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
const GLOBAL: &str = "addressfamily ciphers compression debianbanner dsaauthentication \
    fingerprinthash gssapicleanupcredentials gssapikeyexchange gssapistorecredentialsonrekey \
    gssapistrictacceptorcheck hostcertificate hostdsakey hostkey hostkeyagent hostkeyalgorithms \
    ignoreuserknownhosts keepalive kerberosgetafstoken kerberosorlocalpasswd kerberostgtpassing \
    kerberosticketcleanup kexalgorithms keyregenerationinterval listenaddress logingracetime macs \
    maxstartups modulifile persourcemaxstartups persourcenetblocksize permituserenvironment \
    pidfile port printlastlog printmotd protocol rhostsauthentication securitykeyprovider \
    serverkeybits strictmodes subsystem syslogfacility tcpkeepalive usedns uselogin usepam \
    useprivilegeseparation versionaddendum xauthlocation";

/// What TrueNAS sets before the options, so that a global line there has no effect.
pub(super) const SET_BY_TRUENAS: [&str; 8] = [
    "allowtcpforwarding",
    "compression",
    "passwordauthentication",
    "permitrootlogin",
    "printmotd",
    "pubkeyauthentication",
    "setenv",
    "usepam",
];

fn among(keyword: &str, keywords: &str) -> bool {
    keywords.split_whitespace().any(|known| known == keyword)
}

/// The keyword as it is known here; `None` if sshd does not know it.
pub(super) fn known(written: &str) -> Option<String> {
    let keyword = written.to_ascii_lowercase();
    match keyword.as_str() {
        // The old name of the same option.
        "pubkeyacceptedkeytypes" => Some("pubkeyacceptedalgorithms".into()),
        _ => (among(&keyword, ANYWHERE) || is_global(&keyword)).then_some(keyword),
    }
}

/// Whether the keyword may not stand below `Match`.
pub(super) fn is_global(keyword: &str) -> bool {
    among(keyword, GLOBAL)
}
