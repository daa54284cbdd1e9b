//! The kinds that manifests may name already and that this version cannot bring about.

use crate::model::{BlockedReason, Call, Change, Desired, Live, Read, Release, Replies};

use super::{Around, DecodeError, Kind, Obstacle};

/// A kind by its name alone.
pub struct NotYet(pub &'static str);

impl Kind for NotYet {
    fn name(&self) -> &'static str {
        self.0
    }

    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn reads(&self, _: &Desired) -> Vec<Read> {
        Vec::new()
    }

    fn decode(&self, _: &Desired, _: &Replies) -> Result<Live, DecodeError> {
        Ok(Live::absent())
    }

    fn obstacle(&self, _: &Desired, _: &Live, _: &Around<'_>) -> Option<Obstacle> {
        Some(Obstacle {
            reason: BlockedReason::NotYet,
            remedy: format!("this version of trueup cannot manage a `{}` yet", self.0),
        })
    }

    fn calls(&self, _: &Desired, _: &Live, _: &[Change], _: &Release, _: &Around<'_>) -> Vec<Call> {
        Vec::new()
    }
}
