//! The integration tests: one binary, a module per subject.

mod api;
mod architecture;
mod conformance;
mod contract;
mod demo;
mod documentation;
mod drift;
mod help;
mod hostile;
mod init;
mod links;
mod oracle;
mod packaging;
mod planner;
mod releases;
mod review;
mod screenshot;
mod sim;
mod spine;
mod strangers;
mod support;
mod terminal;
mod usage_errors;
mod users;
