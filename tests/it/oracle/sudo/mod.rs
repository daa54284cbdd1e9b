//! Commands under sudo, and the rules that TrueNAS writes: what sudo decides on, as plain data.

pub mod generate;
pub mod real;
pub mod recorded;
pub mod simulated;

/// The account that runs commands.
pub const ACCOUNT: &str = "trueup-oracle-sudo";

/// A command, and the rules of its account.
#[derive(Clone, Debug)]
pub struct SudoCase {
    /// The rules of the account itself.
    pub own: Commands,
    /// The rules of groups, in the order of the file.
    pub groups: [(Group, Commands); 4],
    /// The command, as it is given to sudo.
    pub argv: Vec<String>,
}

/// `sudo_commands` and `sudo_commands_nopasswd` of a user or group.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    pub with_password: Vec<String>,
    pub without_password: Vec<String>,
}

/// A group, and whether the account belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Does not.
    Empty,
    Shared,
    Solo,
    /// The primary group.
    Own,
}

impl Group {
    /// In the order of the file.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Shared, Self::Solo, Self::Own];

    pub fn name(self) -> String {
        match self {
            Self::Empty => format!("{ACCOUNT}-empty"),
            Self::Shared => format!("{ACCOUNT}-shared"),
            Self::Solo => format!("{ACCOUNT}-solo"),
            Self::Own => ACCOUNT.to_owned(),
        }
    }
}

/// What sudo does when it must not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SudoDecision {
    Runs,
    /// It wants a password, or does not allow the command at all.
    PasswordRequired,
    /// It would run, but there is no such program.
    NotFound,
}

impl SudoCase {
    /// `/etc/sudoers` as TrueNAS writes it (`etc_files/local/sudoers.mako` of TS-25.10.6).
    pub fn sudoers(&self) -> String {
        let own = std::iter::once((ACCOUNT.to_owned(), &self.own));
        let groups = self.groups.iter();
        let groups = groups.map(|(group, commands)| (format!("%{}", group.name()), commands));
        own.chain(groups).filter_map(|(who, commands)| commands.line(&who)).collect()
    }

    /// The case as text, for the message of a failed test.
    pub fn describe(&self) -> String {
        format!("  {:?}\n{}", self.argv, self.sudoers())
    }
}

impl Commands {
    /// The line for a user or group; `None` if there are no commands.
    pub fn line(&self, who: &str) -> Option<String> {
        let list = |commands: &[String]| {
            let commands = commands.iter().map(|command| command.trim());
            let commands = commands.filter(|command| !command.is_empty()).map(|command| {
                ["\\", ",", ":", "="].iter().fold(command.to_owned(), |command, sign| {
                    command.replace(sign, &format!("\\{sign}"))
                })
            });
            commands.collect::<Vec<_>>().join(", ")
        };
        let mut entry = Vec::new();
        if !self.with_password.is_empty() {
            entry.push(list(&self.with_password));
        }
        if !self.without_password.is_empty() {
            entry.push(format!("NOPASSWD: {}", list(&self.without_password)));
        }
        (!entry.is_empty()).then(|| format!("{who} ALL=(ALL) {}\n", entry.join(", ")))
    }
}
