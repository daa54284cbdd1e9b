//! Directories above a home that its account cannot enter: sshd reads the keys as the account.

use super::account::Account;
use super::place::Stat;

/// What to do about such a directory.
pub(crate) const MAKE_ENTERABLE: &str = "make the directory enterable for it: mode 711 or 755";

/// Whether a directory is above a home.
fn is_above(directory: &str, home: &str) -> bool {
    home.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

impl Account {
    /// The directories above a home that the account cannot enter, as far as their modes say.
    pub(crate) fn closed_above<'a>(
        &'a self,
        home: &'a str,
    ) -> impl Iterator<Item = &'a (String, Stat)> {
        self.above.iter().filter(move |(path, stat)| is_above(path, home) && !self.enters(stat))
    }
}

/// What is said of such a directory: a sentence that goes on.
pub(crate) fn cannot_enter(name: &str, path: &str, stat: &Stat) -> String {
    format!(
        "`{name}` cannot enter {path} ({} {}), which is above its home",
        stat.mode_text(),
        stat.owner()
    )
}
