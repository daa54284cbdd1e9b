//! What happens while a plan is applied, for whoever shows progress.

use crate::model::Address;
use crate::truenas_wire::Call;

use super::report::StepReport;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A step began.
    Started(&'a Address),
    /// A call is being sent.
    Sending(&'a Address, &'a Call),
    /// A call was refused and will be tried again.
    Retrying(&'a Address, &'a Call),
    /// The calls are done; the resource is read until it is as desired.
    Verifying(&'a Address),
    /// The connection was lost while a call was under way; its outcome is being looked up.
    Lost(&'a Address, &'a Call),
    /// A step ended.
    Ended(&'a StepReport),
}
