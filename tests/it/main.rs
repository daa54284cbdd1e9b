//! The integration tests: one binary, a module per subject.

mod conformance;
mod planner;
mod sim;
