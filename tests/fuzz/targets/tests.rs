//! The corpora, replayed, and how much the targets reach.

use std::panic::catch_unwind;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use super::manifest::{Reached, read_and_plan, text_of};

/// Runs a target with every input of its corpus.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).expect("every target has a corpus");
    let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let input = std::fs::read(&file).expect("an input");
        assert!(catch_unwind(|| run(&input)).is_ok(), "{} breaks a law", file.display());
    }
}

/// So many inputs of random bytes, always the same ones.
fn random_inputs(count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|seed| {
        let mut random = StdRng::seed_from_u64(seed);
        let mut input = vec![0; 16 + seed as usize % 240];
        random.fill_bytes(&mut input);
        // A letter at the beginning would make it a text.
        input[0] |= 0x80;
        input
    })
}

#[test]
fn corpus_of_authorized_keys() {
    replay("authorized_keys", super::authorized_keys);
}

#[test]
fn corpus_of_documents() {
    replay("documents", super::documents);
}

#[test]
fn corpus_of_frames() {
    replay("frames", super::frames);
}

#[test]
fn corpus_of_manifest() {
    replay("manifest", super::manifest);
}

#[test]
fn corpus_of_replies() {
    replay("replies", super::replies);
}

#[test]
fn corpus_of_roundtrip() {
    replay("roundtrip", super::roundtrip);
}

#[test]
fn corpus_of_sudo() {
    replay("sudo", super::sudo);
}

#[test]
fn most_manifests_of_random_bytes_reach_lowering() {
    const INPUTS: u64 = 400;
    let reached = random_inputs(INPUTS)
        .filter(|input| read_and_plan(&text_of(input)) == Reached::Lowering)
        .count() as u64;
    assert!(reached * 100 >= INPUTS * 60, "{reached} of {INPUTS}");
}
