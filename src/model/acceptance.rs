//! Drift that somebody decided to live with for a while.

use jiff::civil::Date;

use super::place::Place;

/// A field's drift that the manifest accepts until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Why, in the words of whoever accepted it.
    pub reason: String,
    /// The last day on which it holds (UTC).
    pub until: Date,
    /// Whether it holds on the day of the run. An acceptance that nobody dated holds for nothing.
    pub in_force: bool,
    /// Where the manifest says so; a saved plan has none.
    pub place: Option<Place>,
}
