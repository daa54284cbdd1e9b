//! Hostile manifests take time in proportion to their length: four times the text takes about
//! four times as long, where a quadratic search takes sixteen times.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::{errors, parse_all};

/// Every system that a manifest names.
const HEAD: &str =
    "version: 1\nsystems:\n  a: { url: https://a, username: u, api_key: { env: K } }\n";

/// A text that grows with a number.
type Grow = fn(usize) -> String;

/// What is repeated, by a name for the failure's message.
const CASES: [(&str, Grow); 19] = [
    ("addresses in a comment", |n| format!("# {}\n{HEAD}", "ftp://u@".repeat(n))),
    ("schemes in a comment", |n| format!("# {}@\n{HEAD}", "://".repeat(n))),
    ("secret names in a comment", |n| format!("# {}\n{HEAD}", "api_key: ".repeat(n))),
    ("secret names in a text", |n| format!("{HEAD}x: \"{}\"\n", "api_key: ".repeat(n))),
    ("references in a text", |n| format!("{HEAD}x: '{}}}'\n", "api_key: {file: ".repeat(n))),
    ("secret names one below the other", |n| {
        let steps = (0..n.isqrt()).map(|indent| format!("{:indent$}  password:\n", ""));
        format!("{HEAD}x: |\n{}", steps.collect::<String>())
    }),
    ("secret names above many lines", |n| {
        let (names, lines) = ("password: ".repeat(n / 8), "   y\n".repeat(n / 8));
        format!("{HEAD}x: |\n  {names}\n{lines}")
    }),
    ("OpenSSH bodies", |n| format!("# {}\n{HEAD}", "b3BlbnNzaC1rZXktdjE".repeat(n))),
    ("frames of private keys", |n| format!("# {}\n{HEAD}", "PRIVATE KEY-----".repeat(n))),
    ("a text that is no YAML", |n| format!("{HEAD}x: \"{}", "token=ftp://u@ ".repeat(n))),
    ("unknown keys", |n| HEAD.to_owned() + &numbered(n / 8, |i| format!("k{i}: 1\n"))),
    ("unknown keys on one line", |n| {
        format!("{HEAD}x: {{{}}}\n", numbered(n / 8, |i| format!("k{i}: 1, ")))
    }),
    ("duplicate keys", |n| HEAD.to_owned() + &"version: 1\n".repeat(n / 8)),
    ("duplicate keys on one line", |n| format!("{HEAD}x: {{{}}}\n", "a: 1, ".repeat(n / 8))),
    ("anchors", |n| HEAD.to_owned() + &numbered(n / 8, |i| format!("k{i}: &a{i} 1\n"))),
    ("datasets on one line", |n| {
        let datasets = numbered(n / 16, |i| format!("t/d{i}: {{}}, "));
        HEAD.replace(" } }\n", &format!(" }}, datasets: {{ {datasets} }} }}\naccept_drift: []\n"))
    }),
    ("replications", |n| {
        let one = |i| {
            format!(
                "  r{i}: {{ source: {{ system: a, datasets: [t/d{i}] }}, \
                 destination: {{ system: b, dataset: t/d{i}, admin: u }} }}\n"
            )
        };
        let b = "  b: { url: https://b, username: u, api_key: { env: K } }\n";
        format!("{HEAD}{b}replications:\n{}accept_drift: []\n", numbered(n / 64, one))
    }),
    ("unknown systems", |n| {
        let one = |i| format!("  r{i}: {{ source: {{ system: x{i} }} }}\n");
        let systems = numbered(n / 32, |i| format!("  y{i}:\n"));
        format!("version: 1\nsystems:\n{systems}replications:\n{}", numbered(n / 32, one))
    }),
    ("accepted differences of nothing", |n| {
        let one =
            |i| format!("  - {{ address: a/user/x{i}, field: f, reason: r, until: 2030-01-01 }}\n");
        let admins = numbered(n / 32, |i| format!("y{i}: {{ locked: true }}, "));
        let system = HEAD.replace(" } }\n", &format!(" }}, admins: {{ {admins} }} }}\n"));
        format!("{system}accept_drift:\n{}", numbered(n / 32, one))
    }),
];

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// The processor time of this thread that something takes: what else runs does not count.
fn cost(work: impl Fn()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a time");
    let run = || {
        let start = now();
        work();
        now() - start
    };
    run().min(run())
}

/// Checks that four times the input costs at most eight times as much.
fn assert_linear(what: &str, work: impl Fn(usize)) {
    const SMALL: usize = 4_000;
    let (small, large) = (cost(|| work(SMALL)), cost(|| work(4 * SMALL)));
    // Below that, what does not depend on the input counts.
    let allowed = small.max(Duration::from_millis(10)) * 8;
    assert!(large < allowed, "{what}: {small:?}, four times the text: {large:?}");
}

#[test]
fn reading_takes_time_in_proportion_to_the_text() {
    for (what, text) in CASES {
        assert_linear(what, |n| drop(errors(&text(n))));
    }
}

#[test]
fn merging_takes_time_in_proportion_to_the_text() {
    assert_linear("unknown keys in two files", |n| {
        let keys = |name: &str| HEAD.to_owned() + &numbered(n / 8, |i| format!("{name}{i}: 1\n"));
        let first = keys("k").replace("https://a", "https://b");
        let second = keys("l").replace("  a:", "  b:");
        drop(parse_all(&[("a.yaml", &first), ("b.yaml", &second)]));
    });
}

#[test]
fn the_first_fifty_mistakes_are_printed_and_the_others_counted() {
    let printed = errors(&(HEAD.to_owned() + &numbered(4_096, |i| format!("k{i}: 1\n"))));
    assert_eq!(printed.matches("error: unknown key").count(), 50);
    let end = "\n\nand 4,046 more\n\n4,096 errors in trueup.yaml\n";
    assert!(printed.ends_with(end), "{printed}");
    let few = errors(&(HEAD.to_owned() + &numbered(50, |i| format!("k{i}: 1\n"))));
    assert!(few.ends_with("\n\n50 errors in trueup.yaml\n") && !few.contains("more"), "{few}");
}

#[test]
fn a_line_that_is_too_long_is_named_and_not_printed() {
    let printed = errors(&format!("{HEAD}x: {{ {} }}\n", "a: 1, ".repeat(2_000)));
    assert!(printed.contains("--> trueup.yaml:4:"), "{printed}");
    assert!(printed.lines().all(|line| line.len() < 200), "{printed}");
}

#[test]
fn texts_that_aliases_repeat_are_limited() {
    let aliases = vec!["*a"; 900].join(", ");
    let printed = errors(&format!("{HEAD}x: &a {}\ny: [{aliases}]\n", "x".repeat(8_000)));
    assert!(printed.contains("this document is too large"), "{printed}");
}
