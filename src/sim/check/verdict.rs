//! What a check has found so far, and where it is looking.

use super::super::fault::Fault;
use super::super::release::Release;
use super::errors::Errors;

/// Why a rule refuses a value that has the right shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// A validator raised `ValueError`: pydantic puts `Value error, ` in front.
    Value(String),
    /// A validator failed an assertion: pydantic puts `Assertion failed, ` in front.
    Assertion(String),
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
    fn names(&self) -> Vec<String> {
        match self {
            Self::Top => Vec::new(),
            Self::Below(above, name) => {
                let mut names = above.names();
                names.push((*name).to_owned());
                names
            }
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    refusals: Vec<(Vec<String>, String)>,
    raised: Option<Fault>,
}

impl Verdict {
    /// Refuses the value at the place.
    pub(super) fn refuse(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.refusals.push((place.names(), message.into()));
    }

    /// Refuses the value at the place because of a rule.
    pub(super) fn object(&mut self, place: &Place<'_>, objection: Objection) {
        match objection {
            Objection::Value(text) => self.refuse(place, format!("Value error, {text}")),
            Objection::Assertion(text) => self.refuse(place, format!("Assertion failed, {text}")),
            Objection::Custom(text) => self.refuse(place, text),
            Objection::Raised(class, text) => {
                self.raised.get_or_insert_with(|| Fault::exception(class, text));
            }
        }
    }

    /// How much was found: a check that leaves it unchanged has passed.
    pub(super) fn count(&self) -> usize {
        self.refusals.len() + usize::from(self.raised.is_some())
    }

    /// Takes over what another check found.
    pub(super) fn append(&mut self, other: Self) {
        self.refusals.extend(other.refusals);
        if self.raised.is_none() {
            self.raised = other.raised;
        }
    }

    /// The accepted value, or the refusal.
    pub(super) fn into_result<T>(self, release: Release, accepted: T) -> Result<T, Fault> {
        if let Some(fault) = self.raised {
            return Err(fault);
        }
        let mut errors = Errors::new();
        // 26.0 tells a union's members that are no plain type in one sentence, after all else.
        let mut unions: Vec<(String, Vec<String>)> = Vec::new();
        for (mut names, message) in self.refusals {
            let member = names.last().is_some_and(|name| name.contains(['[', '(']));
            if release < Release::V26_0 || !member {
                errors.add(names.join("."), message);
                continue;
            }
            names.pop();
            let union = names.join(".");
            match unions.iter_mut().find(|(known, _)| *known == union) {
                Some((_, messages)) => messages.push(message),
                None => unions.push((union, vec![message])),
            }
        }
        for (union, messages) in unions {
            errors.add(union, messages.join(" or "));
        }
        errors.check().map(|()| accepted)
    }
}
