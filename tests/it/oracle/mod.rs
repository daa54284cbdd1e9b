//! The simulator's sshd and sudo against the real ones: generated cases, whose decisions have to
//! agree. TrueNAS runs Debian's OpenSSH 9.2 and sudo 1.9.13: what differs in another version is no
//! fault of the simulator.
//!
//! A case is plain data (`login::LoginCase`, `sudo::SudoCase`), and so is what a program decides
//! (`LoginDecision`, `SudoDecision`): any other evaluator can be held against the same cases with
//! [`compare`].
//!
//! The real programs need root and throw-away accounts: where either is missing the tests are
//! skipped, visibly.

mod account;
mod login;
mod sudo;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::support::skip::{missing, note};
use login::client::Keys;
use login::real::RealSshd;
use login::simulated::{RunningSshd, SimulatedSshd};
use login::{LoginCase, LoginDecision};
use sudo::real::RealSudo;
use sudo::simulated::SimulatedSudo;
use sudo::{SudoCase, SudoDecision};

const SEED: u64 = 25;

/// Whether the real program can be asked; says so where not.
fn can_ask(name: &str, program: &str) -> bool {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        missing(name, &format!("only root can ask the real {name}"));
    } else if !Path::new(program).exists() {
        missing(name, &format!("{program} is not installed"));
    }
    is_root && Path::new(program).exists()
}

/// Decides on every case twice.
///
/// # Panics
/// With every case on which the two differ.
fn compare<Case, Decision: Debug + PartialEq>(
    cases: impl Iterator<Item = Case>,
    describe: impl Fn(&Case) -> String,
    (real, ask_real): (&str, impl Fn(&Case) -> Decision),
    (other, ask_other): (&str, impl Fn(&Case) -> Decision),
) {
    let began = Instant::now();
    let mut different = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (number, case) in cases.enumerate() {
        let found = ask_other(&case);
        // On a machine that is short of time a real program may run out of it: it is asked again.
        let expected = Some(ask_real(&case)).filter(|expected| *expected == found);
        let expected = expected.unwrap_or_else(|| ask_real(&case));
        let kind = format!("{expected:?}");
        let kind = kind.split(' ').next().unwrap_or_default().to_owned();
        *counts.entry(kind).or_default() += 1;
        if expected != found {
            let decisions = format!("{real} {expected:?}, {other} {found:?}");
            different.push(format!("case {number}: {decisions}\n{}", describe(&case)));
        }
    }
    let took = began.elapsed().as_secs_f32();
    note(&format!("{other} against {real}: {counts:?} in {took:.1} s"));
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
}

/// That many logins.
fn logins(count: usize, keys: &Keys) -> impl Iterator<Item = LoginCase> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let public = keys.public();
    std::iter::repeat_with(move || login::generate::login(&mut rng, &public)).take(count)
}

/// That many commands under sudo.
fn sudo_cases(count: usize) -> impl Iterator<Item = SudoCase> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let recorded = sudo::recorded::commands();
    std::iter::repeat_with(move || sudo::generate::sudo(&mut rng, &recorded)).take(count)
}

fn compare_sshd(count: usize) {
    if !can_ask("sshd", "/usr/sbin/sshd") {
        return;
    }
    let keys = Keys::generate();
    let (real, simulated) = (RealSshd::new(), SimulatedSshd::new());
    compare::<_, LoginDecision>(
        logins(count, &keys),
        LoginCase::describe,
        ("sshd", |case| real.decide(case, &keys)),
        ("simulated sshd", |case| simulated.decide(case, &keys)),
    );
}

fn compare_sudo(count: usize) {
    if !can_ask("sudo", "/usr/bin/sudo") {
        return;
    }
    let (real, simulated) = (RealSudo::new(), SimulatedSudo::new());
    compare::<_, SudoDecision>(
        sudo_cases(count),
        SudoCase::describe,
        ("sudo", |case| real.decide(case)),
        ("simulated sudo", |case| simulated.decide(case)),
    );
}

#[test]
fn simulated_sshd_decides_as_the_real_one() {
    compare_sshd(500);
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn simulated_sshd_decides_as_the_real_one_on_10_000_logins() {
    compare_sshd(10_000);
}

#[test]
fn simulated_sudo_decides_as_the_real_one() {
    compare_sudo(1000);
}

#[test]
#[ignore = "takes minutes"]
fn simulated_sudo_decides_as_the_real_one_on_10_000_commands() {
    compare_sudo(10_000);
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
fn simulated_sshd_decides_over_sockets_as_without() {
    let keys = Keys::generate();
    let (running, simulated) = (RunningSshd::start(), SimulatedSshd::new());
    compare::<_, LoginDecision>(
        logins(50, &keys),
        LoginCase::describe,
        ("simulated sshd", |case| simulated.decide(case, &keys)),
        ("simulated sshd over sockets", |case| running.decide(case, &keys)),
    );
}
