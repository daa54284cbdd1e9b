//! What a person should know although it is no change.

use std::fmt;

/// Something that is worth knowing of a resource and that trueup does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it is, as a sentence without its full stop.
    pub what: String,
    /// What to do about it, likewise.
    pub remedy: String,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}
