//! The integration tests: one binary, a module per subject.

mod api;
mod architecture;
mod conformance;
mod contract;
mod demo;
mod documentation;
mod drift;
mod links;
mod packaging;
mod planner;
mod screenshot;
mod sim;
mod spine;
mod support;
mod users;
