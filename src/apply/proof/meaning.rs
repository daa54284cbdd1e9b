//! What the source says when a link does not work, and what that means.
//!
//! The texts are the middleware's and paramiko's own: recorded in the scenario `links`, the others
//! from `plugins/zettarepl.py` and `plugins/keychain.py` of TS-25.10.6.

use super::Cause;

/// How a failure is recognised, and what it means. `{remote}`, `{source}`, `{account}`,
/// `{connection}`, `{key}`, `{host}` and `{port}` stand for the link's own names.
pub struct Meaning {
    /// What the text holds.
    text: &'static str,
    /// What of the remote tells the cause apart, where one text has many.
    pub look: Look,
    /// The likely cause.
    cause: &'static str,
    /// How a person can tell.
    how_to_tell: &'static str,
    /// What to do.
    remedy: &'static str,
}

/// What is read of the remote to find the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The text says it.
    Nowhere,
    /// The account, its home and its keys, and the options of the SSH service.
    Account,
    /// Whether the SSH service runs, and where it listens.
    Service,
    /// The remote's host keys.
    HostKeys,
}

/// The meaning of a text.
pub fn of(text: &str) -> &'static Meaning {
    MEANINGS.iter().find(|meaning| text.contains(meaning.text)).unwrap_or(&UNKNOWN)
}

impl Meaning {
    /// The cause in the link's own words.
    pub fn cause(&self, named: &dyn Fn(&str) -> String) -> Cause {
        Cause {
            cause: named(self.cause),
            how_to_tell: named(self.how_to_tell),
            remedy: named(self.remedy),
        }
    }
}

/// An answer that is not the remote's list of datasets.
pub const NOT_THE_REMOTE: Meaning = Meaning {
    text: "",
    look: Look::Account,
    cause: "something else than `zfs list` answered as {account}: a forced command, or a login \
            shell that runs something of its own",
    how_to_tell: "look for `command=` in the account's authorized_keys, `ForceCommand` in the \
                  auxiliary parameters of {remote}'s SSH service, and the account's shell",
    remedy: "take it away, or let the connection log in to another account",
};

const UNKNOWN: Meaning = Meaning {
    text: "",
    look: Look::Nowhere,
    cause: "trueup does not know this text",
    how_to_tell: "on {remote}, `journalctl -u ssh` shows whether {source} arrived there",
    remedy: "mend what the text names; `trueup apply` proves the link again",
};

const MEANINGS: [Meaning; 18] = [
    Meaning {
        text: "Authentication failed",
        look: Look::Account,
        cause: "{remote}'s sshd did not take the key `{key}` for {account}, and its API shows no \
                reason",
        how_to_tell: "on {remote}, `journalctl -u ssh` names the reason: search it for {account}",
        remedy: "mend what it names; `trueup apply` proves the link again",
    },
    Meaning {
        text: "Bad authentication type",
        look: Look::Account,
        cause: "{remote}'s sshd does not offer {account} to log in with a key",
        how_to_tell: "look for `PubkeyAuthentication` or `AuthenticationMethods` in the auxiliary \
                      parameters of {remote}'s SSH service",
        remedy: "take the line out",
    },
    Meaning {
        text: "account is currently not available",
        look: Look::Account,
        cause: "the login shell of {account} on {remote} is nologin",
        how_to_tell: "`trueup plan` shows the account's shell once the manifest asks for one",
        remedy: "write `ssh_access: true` or a `shell` for the account",
    },
    Meaning {
        text: "Password change required",
        look: Look::Nowhere,
        cause: "the password of {account} on {remote} has expired, which keeps its keys out too",
        how_to_tell: "in {remote}'s web interface, under Credentials > Users",
        remedy: "disable the account's password: replication never uses one",
    },
    Meaning {
        text: "Remote host identification has changed",
        look: Look::HostKeys,
        cause: "what answers at {host} port {port} shows another host key than the connection \
                `{connection}` trusts",
        how_to_tell: "compare with `ssh-keyscan` run on {source}",
        remedy: "find out what answers there before anything else: somebody may be in between",
    },
    Meaning {
        text: "not found in known_hosts",
        look: Look::HostKeys,
        cause: "the connection `{connection}` has no host key of a type that {host} port {port} \
                shows",
        how_to_tell: "compare with `ssh-keyscan` run on {source}",
        remedy: "find out what answers there",
    },
    Meaning {
        text: "Invalid SSH host key",
        look: Look::HostKeys,
        cause: "what the connection `{connection}` has as host key is none",
        how_to_tell: "`trueup drift` shows it beside the keys that {remote}'s own API reports",
        remedy: "`trueup apply` pins those",
    },
    Meaning {
        text: "Unable to connect to port",
        look: Look::Service,
        cause: "nothing listens at {host} port {port}, or a firewall refuses",
        how_to_tell: "{remote}'s API reports that its SSH service runs and listens on that port: \
                      try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}, and look at \
                 the firewalls in between",
    },
    Meaning {
        text: "gaierror",
        look: Look::Nowhere,
        cause: "{source} cannot resolve the name {host}; that another machine can says nothing",
        how_to_tell: "try `getent hosts {host}` on {source}",
        remedy: "write an address, or a name that the DNS of {source} knows: `connection: { host: \
                 … }`",
    },
    Meaning {
        text: "timed out",
        look: Look::Service,
        cause: "nothing answers at {host} port {port}: a firewall drops the packets, or the \
                address is wrong",
        how_to_tell: "try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}, look at the \
                 firewalls, or give a slow link a longer `timeout`",
    },
    Meaning {
        text: "No route to host",
        look: Look::Service,
        cause: "{source} has no way to {host}",
        how_to_tell: "try `ping {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}",
    },
    Meaning {
        text: "Error reading SSH protocol banner",
        look: Look::Service,
        cause: "what listens at {host} port {port} is no SSH server, or one with too many logins \
                under way",
        how_to_tell: "try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare host and port with {remote}'s SSH service, and try again",
    },
    Meaning {
        text: "EOFError",
        look: Look::Service,
        cause: "{remote} closed the connection while {source} logged in",
        how_to_tell: "on {remote}, `journalctl -u ssh` names the reason",
        remedy: "mend what it names; `trueup apply` proves the link again",
    },
    Meaning {
        text: "Error while querying SSH key pair",
        look: Look::Nowhere,
        cause: "the connection `{connection}` refers to a key pair that is not there or cannot be \
                read",
        how_to_tell: "`trueup drift` shows the connection's key",
        remedy: "`trueup apply` gives it `{key}`",
    },
    Meaning {
        text: "Decrypting credential",
        look: Look::Nowhere,
        cause: "{source} cannot decrypt it: its configuration was restored without the secret seed",
        how_to_tell: "the credential has no attributes in {source}'s web interface",
        remedy: "delete it there, and let `trueup apply` make a new one",
    },
    Meaning {
        text: "Credential does not exist",
        look: Look::Nowhere,
        cause: "the connection `{connection}` went away in the meantime",
        how_to_tell: "`trueup plan` would make it again",
        remedy: "`trueup apply` makes it again",
    },
    Meaning {
        text: "private key file",
        look: Look::Nowhere,
        cause: "TrueNAS cannot use the private half of the key pair `{key}`",
        how_to_tell: "it is missing, encrypted, or of a type that TrueNAS does not replicate with",
        remedy: "name another pair: `key: { name: … }`",
    },
    Meaning {
        text: "Network activity",
        look: Look::Nowhere,
        cause: "{source} may not replicate at all: its network activity \"Replication\" is disabled",
        how_to_tell: "in {source}'s web interface, under Network > Global Configuration > Outbound \
                      Network",
        remedy: "allow it there",
    },
];
