//! The integration tests: one binary, a module per subject.

mod api;
mod architecture;
mod conformance;
mod planner;
mod sim;
mod spine;
mod strangers;
mod support;
mod users;
