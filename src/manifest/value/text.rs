//! Free text, and how long a text may be.

use schemars::JsonSchema;

use crate::manifest::read::{Mistake, Text};

/// The longest text that TrueNAS takes in a field without a limit of its own, in characters
/// (`api/base/model.py`, `str_max_length`).
pub(crate) const LONGEST_TEXT: usize = 1024;

/// Refuses a text that TrueNAS would refuse for its length.
pub(super) fn check_length(text: &str, title: &str) -> Result<(), Mistake> {
    let length = text.chars().count();
    if length <= LONGEST_TEXT {
        return Ok(());
    }
    let label = format!("{length} characters");
    let help = format!("shorten it to {LONGEST_TEXT} characters, the most that TrueNAS takes");
    Err(Mistake::new(title, label, help))
}

/// A dataset's comment.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Comment(#[schemars(length(max = 1024))] pub String);

impl Text for Comment {
    const WHAT: &'static str = "a text";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let title = "invalid comment";
        check_length(text, title)?;
        if text.contains('\0') {
            return Err(Mistake::new(title, "a NUL character", "leave the NUL character out"));
        }
        // `pool.dataset.create` takes this word for a comment that is not set.
        if text == "INHERIT" {
            let label = "TrueNAS takes this word for no comment";
            let help = "write another text, or leave `comments` out";
            return Err(Mistake::new(title, label, help));
        }
        Ok(Self(text.into()))
    }
}
