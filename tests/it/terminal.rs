//! What a person at a terminal of 80 columns sees, is asked, and answers.

use crate::spine::PAIR;
use crate::support::Fleet;
use crate::support::terminal::{Terminal, written_to};

const QUESTION: &str = "Only `yes` is taken as agreement:";

fn one_step() -> Fleet {
    let fleet = Fleet::start("systems:\n  box: { release: \"25.10.6\", pools: { tank: {} } }\n");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    fleet
}

#[test]
fn apply_asks_and_does_it() {
    let fleet = one_step();
    let mut terminal = Terminal::start(&fleet, 80, &["apply"]);
    terminal.answers(QUESTION, "yes");
    let (code, screen) = terminal.ends();
    insta::assert_snapshot!(screen);
    assert_eq!(code, 0);
    assert_eq!(fleet.mutations("box"), 1);
}

#[test]
fn anything_but_yes_is_a_no() {
    let fleet = one_step();
    for answer in ["", "no", "yes please"] {
        let mut terminal = Terminal::start(&fleet, 80, &["apply"]);
        terminal.answers(QUESTION, answer);
        let (code, screen) = terminal.ends();
        assert_eq!(code, 4, "{screen}");
        assert!(screen.ends_with("\nerror: not agreed to; nothing was sent"), "{screen}");
    }
    assert_eq!(fleet.mutations("box"), 0);
}

#[test]
fn who_means_yes_and_types_less_is_asked_again() {
    let fleet = one_step();
    let mut terminal = Terminal::start(&fleet, 80, &["apply"]);
    terminal.answers(QUESTION, "y");
    terminal.answers("Type `yes` in full, or `no`:", "no");
    assert_eq!((terminal.ends().0, fleet.mutations("box")), (4, 0));
    let mut terminal = Terminal::start(&fleet, 80, &["apply"]);
    terminal.answers(QUESTION, "YES");
    terminal.answers("Type `yes` in full, or `no`:", "yes");
    assert_eq!((terminal.ends().0, fleet.mutations("box")), (0, 1));
}

#[test]
fn a_dumb_terminal_gets_no_escape_sequence() {
    let fleet = one_step();
    for args in [
        &["plan"] as &[&str],
        &["apply", "--yes", "--log", "trueup=info"],
        &["drift"],
        &["--help"],
        &["plan", "--fromat", "json"],
        &["plan", "--system", "bxo"],
    ] {
        // CI is where colors are used without asking the terminal.
        let written = written_to(&fleet, &[("TERM", "dumb"), ("CI", "true")], args);
        assert!(!written.contains('\u{1b}'), "{args:?}: {written:?}");
    }
    let written = written_to(&fleet, &[("TERM", "xterm")], &["plan", "--system", "bxo"]);
    assert!(written.contains('\u{1b}'), "{written:?}");
}

/// `trueup init` of the simulated pair.
fn init(fleet: &Fleet) -> Terminal<'_> {
    let env = fleet.env();
    let names = ["--source-name", "boston", "--destination-name", "chicago"];
    let urls = [env["BOSTON_URL"].as_str(), env["CHICAGO_URL"].as_str()];
    Terminal::start(fleet, 80, &[&["init"], &urls[..], &names[..]].concat())
}

#[test]
fn init_pins_the_certificates_that_a_person_has_compared() {
    let fleet = Fleet::start(PAIR);
    let mut terminal = init(&fleet);
    terminal.answers(QUESTION, "yes");
    terminal.answers(QUESTION, "yes");
    let (code, screen) = terminal.ends();
    insta::assert_snapshot!(without_public_keys(&screen));
    assert_eq!(code, 0);
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    for pin in ["BOSTON_TLS_SHA256", "CHICAGO_TLS_SHA256"] {
        assert!(manifest.contains(&format!("tls: {{ sha256: \"{}\" }}", fleet.env()[pin])));
    }
}

#[test]
fn init_sends_no_key_to_a_certificate_that_a_person_does_not_believe() {
    let fleet = Fleet::start(PAIR);
    let mut terminal = init(&fleet);
    terminal.answers(QUESTION, "yes");
    terminal.answers(QUESTION, "no");
    let (code, screen) = terminal.ends();
    let told =
        "\nerror: the certificate of $CHICAGO_URL is not believed\n  help: No API key was sent.";
    assert!(screen.ends_with(told), "{screen}");
    assert_eq!(code, 4);
    assert_eq!((fleet.calls("boston").logins, fleet.calls("chicago").logins), (0, 0));
    assert!(!fleet.path("trueup.yaml").exists());
}

#[test]
fn trust_shows_what_to_compare_and_what_to_pin() {
    let fleet = Fleet::start(PAIR);
    let (code, screen) = Terminal::start(&fleet, 80, &["trust", &fleet.env()["BOSTON_URL"]]).ends();
    insta::assert_snapshot!(without_public_keys(&screen));
    assert_eq!(code, 0);
    assert_eq!(fleet.calls("boston").logins, 0);
}

#[test]
fn a_simulator_says_how_to_go_on_and_how_to_stop() {
    let fleet = one_step();
    fleet.write("fleet.yaml", "systems:\n  other: { release: \"26.0.0\" }\n");
    let mut terminal = Terminal::start(&fleet, 80, &["sim", "fleet.yaml", "--env", "sim.env"]);
    terminal.says("They run until Ctrl-C.");
    terminal.says("\n  set -a; . ./sim.env; set +a");
    assert_eq!(terminal.interrupted(), 0);
}

/// The screen without what the certificates of every run have of their own.
fn without_public_keys(screen: &str) -> String {
    let line = |line: &str| match line.strip_prefix("  public key  ") {
        Some(_) => "  public key  $SPKI".to_owned(),
        None => line.to_owned(),
    };
    screen.lines().map(line).collect::<Vec<_>>().join("\n")
}
