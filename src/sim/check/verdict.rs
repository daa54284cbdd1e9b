//! What a check has found so far, and where it is looking.

use super::super::fault::{Complaint, Fault};
use super::errors::Errors;

/// Why a rule refuses a value that has the right shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// A validator raised `ValueError`: pydantic puts `Value error, ` in front.
    Value(String),
    /// A validator raised an error of pydantic's own; the text stands as it is.
    Custom(String),
    /// A validator failed on what it got; the call ends with that exception.
    Raised(&'static str, String),
}

/// The place that is looked at: names and indices from the parameter down.
pub(super) enum Place<'a> {
    Top,
    Below(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    pub(super) fn path(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Below(Self::Top, name) => (*name).to_owned(),
            Self::Below(above, name) => format!("{}.{name}", above.path()),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    complaints: Vec<Complaint>,
    raised: Option<Fault>,
}

impl Verdict {
    /// Refuses the value at the place.
    pub(super) fn refuse(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.complaints.push(Complaint::new(place.path(), message));
    }

    /// Refuses the value at the place because of a rule.
    pub(super) fn object(&mut self, place: &Place<'_>, objection: Objection) {
        match objection {
            Objection::Value(text) => self.refuse(place, format!("Value error, {text}")),
            Objection::Custom(text) => self.refuse(place, text),
            Objection::Raised(class, text) => {
                self.raised.get_or_insert_with(|| Fault::exception(class, text));
            }
        }
    }

    /// How much was found: a check that leaves it unchanged has passed.
    pub(super) fn count(&self) -> usize {
        self.complaints.len() + usize::from(self.raised.is_some())
    }

    /// Takes over what another check found.
    pub(super) fn append(&mut self, other: Self) {
        self.complaints.extend(other.complaints);
        if self.raised.is_none() {
            self.raised = other.raised;
        }
    }

    /// The accepted value, or the refusal.
    pub(super) fn into_result<T>(self, accepted: T) -> Result<T, Fault> {
        if let Some(fault) = self.raised {
            return Err(fault);
        }
        let mut errors = Errors::new();
        for Complaint { attribute, message, errno } in self.complaints {
            errors.add_errno(attribute.unwrap_or_default(), message, errno);
        }
        errors.check().map(|()| accepted)
    }
}
