//! What the source says when a link does not work, and what that means.
//!
//! The texts are the middleware's and paramiko's own: recorded in the scenario `links`, the others
//! from `plugins/zettarepl.py` and `plugins/keychain.py` of TS-25.10.6.

use super::Cause;

/// How a failure is recognised, and what it means. `{remote}`, `{source}`, `{account}`,
/// `{connection}`, `{key}`, `{host}` and `{port}` stand for the link's own names.
pub(super) struct FailurePattern {
    /// What the text holds.
    text: &'static str,
    /// What of the remote tells the cause apart, where one text has many.
    pub(super) subject: Subject,
    /// The likely cause.
    cause: &'static str,
    /// How a person can tell.
    how_to_tell: &'static str,
    /// What to do.
    remedy: &'static str,
}

/// What the checks of the link are asked about, where one text has many causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Nothing: the text says it.
    Nothing,
    /// The account, its home and its keys, and the options of the SSH service.
    Login,
    /// The account's sudo rules.
    Sudo,
    /// Whether the SSH service runs, and where it listens.
    Service,
    /// The remote's host keys.
    HostKeys,
}

/// The pattern that a text fits.
pub(super) fn find(text: &str) -> &'static FailurePattern {
    PATTERNS.iter().find(|pattern| text.contains(pattern.text)).unwrap_or(&UNKNOWN)
}

impl FailurePattern {
    /// The cause in the link's own words.
    pub(super) fn cause(&self, named: &dyn Fn(&str) -> String) -> Cause {
        Cause {
            cause: named(self.cause),
            how_to_tell: named(self.how_to_tell),
            remedy: named(self.remedy),
        }
    }
}

/// An answer that is not the remote's list of datasets.
pub(super) const NOT_THE_REMOTE: FailurePattern = FailurePattern {
    text: "",
    subject: Subject::Login,
    cause: "something else than `zfs list` answered as {account}: a forced command, or a login \
            shell that runs something of its own",
    how_to_tell: "look for `command=` in the account's authorized_keys, `ForceCommand` in the \
                  auxiliary parameters of {remote}'s SSH service, and the account's shell",
    remedy: "take it away, or let the connection log in to another account",
};

const UNKNOWN: FailurePattern = FailurePattern {
    text: "",
    subject: Subject::Nothing,
    cause: "trueup does not know this text",
    how_to_tell: "on {remote}, `journalctl -u ssh` shows whether {source} arrived there",
    remedy: "mend what the text names; `trueup apply` proves the link again",
};

const PATTERNS: [FailurePattern; 20] = [
    FailurePattern {
        text: "Authentication failed",
        subject: Subject::Login,
        cause: "{remote}'s sshd did not take the key `{key}` for {account}, and its API shows no \
                reason",
        how_to_tell: "on {remote}, `journalctl -u ssh` names the reason: search it for {account}",
        remedy: "mend what it names; `trueup apply` proves the link again",
    },
    FailurePattern {
        text: "sudo: ",
        subject: Subject::Sudo,
        cause: "sudo on {remote} asks {account} for a password, and the API shows no reason",
        how_to_tell: "run `sudo -n -l` as {account} on {remote}",
        remedy: "write `sudo: { no_password: zfs }` for the account; rules that were written by \
                 hand on {remote} may come later and ask for a password",
    },
    FailurePattern {
        text: "dataset does not exist",
        subject: Subject::Nothing,
        cause: "a dataset that the replication needs went away in the meantime",
        how_to_tell: "`trueup drift` names what is missing",
        remedy: "make the dataset again; `trueup apply` proves the link again",
    },
    FailurePattern {
        text: "Bad authentication type",
        subject: Subject::Login,
        cause: "{remote}'s sshd does not offer {account} to log in with a key",
        how_to_tell: "look for `PubkeyAuthentication` or `AuthenticationMethods` in the auxiliary \
                      parameters of {remote}'s SSH service",
        remedy: "take the line out",
    },
    FailurePattern {
        text: "account is currently not available",
        subject: Subject::Login,
        cause: "the login shell of {account} on {remote} is nologin",
        how_to_tell: "`trueup plan` shows the account's shell once the manifest asks for one",
        remedy: "write `ssh_access: true` or a `shell` for the account",
    },
    FailurePattern {
        text: "Password change required",
        subject: Subject::Nothing,
        cause: "the password of {account} on {remote} has expired, which keeps its keys out too",
        how_to_tell: "in {remote}'s web interface, under Credentials > Users",
        remedy: "disable the account's password: replication never uses one",
    },
    FailurePattern {
        text: "Remote host identification has changed",
        subject: Subject::HostKeys,
        cause: "what answers at {host} port {port} shows another host key than the connection \
                `{connection}` trusts",
        how_to_tell: "compare with `ssh-keyscan` run on {source}",
        remedy: "find out what answers there before anything else: somebody may be in between",
    },
    FailurePattern {
        text: "not found in known_hosts",
        subject: Subject::HostKeys,
        cause: "the connection `{connection}` has no host key of a type that {host} port {port} \
                shows",
        how_to_tell: "compare with `ssh-keyscan` run on {source}",
        remedy: "find out what answers there",
    },
    FailurePattern {
        text: "Invalid SSH host key",
        subject: Subject::HostKeys,
        cause: "what the connection `{connection}` has as host key is none",
        how_to_tell: "`trueup drift` shows it beside the keys that {remote}'s own API reports",
        remedy: "`trueup apply` pins those",
    },
    FailurePattern {
        text: "Unable to connect to port",
        subject: Subject::Service,
        cause: "nothing listens at {host} port {port}, or a firewall refuses",
        how_to_tell: "{remote}'s API reports that its SSH service runs and listens on that port: \
                      try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}, and look at \
                 the firewalls in between",
    },
    FailurePattern {
        text: "gaierror",
        subject: Subject::Nothing,
        cause: "{source} cannot resolve the name {host}; that another machine can says nothing",
        how_to_tell: "try `getent hosts {host}` on {source}",
        remedy: "write an address, or a name that the DNS of {source} knows: `connection: { host: \
                 … }`",
    },
    FailurePattern {
        text: "timed out",
        subject: Subject::Service,
        cause: "nothing answers at {host} port {port}: a firewall drops the packets, or the \
                address is wrong",
        how_to_tell: "try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}, look at the \
                 firewalls, or give a slow link a longer `timeout`",
    },
    FailurePattern {
        text: "No route to host",
        subject: Subject::Service,
        cause: "{source} has no way to {host}",
        how_to_tell: "try `ping {host}` on {source}",
        remedy: "compare `connection: { host: … }` with the addresses of {remote}",
    },
    FailurePattern {
        text: "Error reading SSH protocol banner",
        subject: Subject::Service,
        cause: "what listens at {host} port {port} is no SSH server, or one with too many logins \
                under way",
        how_to_tell: "try `ssh-keyscan -p {port} {host}` on {source}",
        remedy: "compare host and port with {remote}'s SSH service, and try again",
    },
    FailurePattern {
        text: "EOFError",
        subject: Subject::Service,
        cause: "{remote} closed the connection while {source} logged in",
        how_to_tell: "on {remote}, `journalctl -u ssh` names the reason",
        remedy: "mend what it names; `trueup apply` proves the link again",
    },
    FailurePattern {
        text: "Error while querying SSH key pair",
        subject: Subject::Nothing,
        cause: "the connection `{connection}` refers to a key pair that is not there or cannot be \
                read",
        how_to_tell: "`trueup drift` shows the connection's key",
        remedy: "`trueup apply` gives it `{key}`",
    },
    FailurePattern {
        text: "Decrypting credential",
        subject: Subject::Nothing,
        cause: "{source} cannot decrypt it: its configuration was restored without the secret seed",
        how_to_tell: "the credential has no attributes in {source}'s web interface",
        remedy: "delete it there, and let `trueup apply` make a new one",
    },
    FailurePattern {
        text: "Credential does not exist",
        subject: Subject::Nothing,
        cause: "the connection `{connection}` went away in the meantime",
        how_to_tell: "`trueup plan` would make it again",
        remedy: "`trueup apply` makes it again",
    },
    FailurePattern {
        text: "private key file",
        subject: Subject::Nothing,
        cause: "TrueNAS cannot use the private half of the key pair `{key}`",
        how_to_tell: "it is missing, encrypted, or of a type that TrueNAS does not replicate with",
        remedy: "name another pair: `key: { name: … }`",
    },
    FailurePattern {
        text: "Network activity",
        subject: Subject::Nothing,
        cause: "{source} may not replicate at all: its network activity \"Replication\" is disabled",
        how_to_tell: "in {source}'s web interface, under Network > Global Configuration > Outbound \
                      Network",
        remedy: "allow it there",
    },
];
