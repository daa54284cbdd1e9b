//! Fuzz targets: functions of any bytes that assert what must hold for all of them.
//!
//! `cargo test` replays the corpora (`tests/fuzz/corpus/TARGET`); `tests/fuzz/run` searches for
//! inputs that break a law (`tests/fuzz/README.md`). Both call the same functions.

mod answers;
mod choices;
mod documents;
mod edits;
mod frames;
mod grammar;
mod key_lines;
mod laws;
mod manifest;
mod replies;
mod roundtrip;
mod sudo;

pub use documents::documents;
pub use frames::frames;
pub use key_lines::authorized_keys;
pub use manifest::manifest;
pub use replies::replies;
pub use roundtrip::roundtrip;
pub use sudo::sudo;

#[cfg(test)]
mod tests;
