//! The errors of one call, collected before it is refused.

use super::super::fault::{Complaint, Fault};

/// What is wrong with a call, as `ValidationErrors` collects it (`service_exception.py`).
#[derive(Clone, Debug, Default)]
pub struct Errors {
    complaints: Vec<Complaint>,
}

impl Errors {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more, EINVAL.
    pub fn add(&mut self, attribute: impl Into<String>, message: impl Into<String>) {
        self.complaints.push(Complaint::new(attribute, message));
    }

    /// One more, with an errno of its own.
    pub fn add_errno(
        &mut self,
        attribute: impl Into<String>,
        message: impl Into<String>,
        errno: i32,
    ) {
        self.complaints.push(Complaint { errno, ..Complaint::new(attribute, message) });
    }

    /// The same with one more.
    pub fn with(mut self, attribute: impl Into<String>, message: impl Into<String>) -> Self {
        self.add(attribute, message);
        self
    }

    /// Takes over what somebody else found.
    pub fn append(&mut self, other: Self) {
        self.complaints.extend(other.complaints);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.complaints.is_empty()
    }

    /// Everything that is wrong.
    pub fn into_complaints(self) -> Vec<Complaint> {
        self.complaints
    }

    /// Refuses the call if anything is wrong.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with all complaints.
    pub fn check(self) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}
