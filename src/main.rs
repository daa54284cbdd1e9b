//! Parses, runs, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(trueup::cli::main())
}
