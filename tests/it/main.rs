//! The integration tests: one binary, a module per subject.

mod api;
mod architecture;
mod conformance;
mod contract;
mod demo;
mod packaging;
mod planner;
mod sim;
mod spine;
mod support;
mod users;
