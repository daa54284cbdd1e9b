//! The simulator's sshd and sudo against the real ones: generated cases, whose decisions have to
//! agree. TrueNAS runs Debian's OpenSSH 9.2 and sudo 1.9.13: what differs in another version is no
//! fault of the simulator.
//!
//! A case is plain data (`login::LoginCase`, `sudo::SudoCase`), and so is what a program decides
//! (`LoginDecision`, `SudoDecision`): any other evaluator can be held against the same cases.
//!
//! The real programs need root, and throw-away accounts: where either is missing the tests are
//! skipped, visibly.

mod account;
mod login;
mod sudo;

use std::path::Path;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;

use login::LoginDecision;
use login::real::RealSshd;
use login::simulated::SimulatedSshd;
use sudo::SudoDecision;
use sudo::real::RealSudo;
use sudo::simulated::SimulatedSudo;

use crate::support::skip::{missing, note};

const SEED: u64 = 25;

/// Whether the real programs can be asked; says so where not.
fn is_possible(name: &str, program: &str) -> bool {
    let is_root = std::env::var("USER").is_ok_and(|user| user == "root")
        || std::fs::metadata("/proc/self").is_ok_and(|process| {
            use std::os::unix::fs::MetadataExt;
            process.uid() == 0
        });
    if !is_root {
        missing(name, &format!("{name} can only be asked by root"));
        return false;
    }
    if !Path::new(program).exists() {
        missing(name, &format!("{program} is not installed"));
        return false;
    }
    true
}

/// Compares that many logins.
fn compare_logins(count: usize, seed: u64) {
    if !is_possible("sshd", "/usr/sbin/sshd") {
        return;
    }
    let keys = login::client::Keys::generate();
    let public = keys.public();
    let (real, simulated) = (RealSshd::new(), SimulatedSshd::new());
    let mut rng = StdRng::seed_from_u64(seed);
    let began = Instant::now();
    let mut different = Vec::new();
    let mut compared = Vec::new();
    for number in 0..count {
        let case = login::generate::login(&mut rng, &public);
        if case.has_links() {
            continue;
        }
        let (expected, found) = (real.decide(&case, &keys), simulated.decide(&case, &keys));
        compared.push(expected.clone());
        if expected != found {
            different.push(format!(
                "case {number}: sshd {expected:?}, simulator {found:?}\n{}",
                case.describe()
            ));
        }
    }
    let count =
        |wanted: fn(&LoginDecision) -> bool| compared.iter().filter(|it| wanted(it)).count();
    note(&format!(
        "{} logins in {:.1} s: {} logged in, {} refused, {} not started",
        compared.len(),
        began.elapsed().as_secs_f32(),
        count(|decision| matches!(decision, LoginDecision::LoggedIn { .. })),
        count(|decision| *decision == LoginDecision::Refused),
        count(|decision| *decision == LoginDecision::NotStarted),
    ));
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
}

/// Compares that many decisions of sudo.
fn compare_sudo(count: usize, seed: u64) {
    if !is_possible("sudo", "/usr/bin/sudo") {
        return;
    }
    let (real, simulated) = (RealSudo::new(), SimulatedSudo::new());
    let recorded = sudo::recorded::commands();
    let mut rng = StdRng::seed_from_u64(seed);
    let began = Instant::now();
    let mut different = Vec::new();
    let mut compared = Vec::new();
    for number in 0..count {
        let case = sudo::generate::sudo(&mut rng, &recorded);
        let (expected, found) = (real.decide(&case), simulated.decide(&case));
        compared.push(expected);
        if expected != found {
            different.push(format!(
                "case {number}: sudo {expected:?}, simulator {found:?}\n{}",
                case.describe()
            ));
        }
    }
    let count = |wanted| compared.iter().filter(|decision| **decision == wanted).count();
    note(&format!(
        "{} decisions of sudo in {:.1} s: {} run, {} want a password, {} are not found",
        compared.len(),
        began.elapsed().as_secs_f32(),
        count(SudoDecision::Runs),
        count(SudoDecision::PasswordRequired),
        count(SudoDecision::NotFound),
    ));
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
}

#[test]
fn simulated_sudo_decides_as_the_real_one() {
    let count = std::env::var("ORACLE_COUNT").ok().and_then(|c| c.parse().ok()).unwrap_or(1000);
    let seed = std::env::var("ORACLE_SEED").ok().and_then(|c| c.parse().ok()).unwrap_or(SEED);
    compare_sudo(count, seed);
}

#[test]
fn simulated_sudo_decides_as_recorded() {
    for (rules, line) in sudo::recorded::rules() {
        assert_eq!(sudo::recorded::line(&rules), line);
    }
    let simulated = SimulatedSudo::new();
    let decisions = sudo::recorded::decisions();
    assert!(decisions.len() > 100, "{} decisions", decisions.len());
    for (case, expected) in decisions {
        assert_eq!(simulated.decide(&case), expected, "{}", case.describe());
    }
}

#[test]
fn simulated_sshd_decides_as_the_real_one() {
    let count = std::env::var("ORACLE_COUNT").ok().and_then(|c| c.parse().ok()).unwrap_or(500);
    let seed = std::env::var("ORACLE_SEED").ok().and_then(|c| c.parse().ok()).unwrap_or(SEED);
    compare_logins(count, seed);
}
