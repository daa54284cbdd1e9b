//! The picture of a plan in the README, made from what the program prints: it cannot rot.
//! `UPDATE_SCREENSHOT=1 cargo test` draws it anew.

use crate::support::{Fleet, repository};

#[test]
fn the_readmes_picture_is_what_plan_prints() {
    let fleet = std::fs::read_to_string(repository("examples/fleet.yaml")).expect("the pair");
    let fleet = Fleet::start(&fleet);
    let manifest = repository("examples/quickstart.yaml");
    fleet.write("quickstart.yaml", &std::fs::read_to_string(manifest).expect("the example"));
    let plan = fleet.trueup(&["plan", "--color", "always", "-f", "quickstart.yaml"]).exits(0);
    let shown = format!("$ trueup plan -f quickstart.yaml\n\n{}", of_a_real_pair(&plan.stdout));
    let drawn = anstyle_svg::Term::new().render_svg(&shown);
    let file = repository("examples/plan.svg");
    if std::env::var_os("UPDATE_SCREENSHOT").is_some() {
        std::fs::write(&file, &drawn).expect("a picture");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == drawn, "examples/plan.svg is stale: UPDATE_SCREENSHOT=1 cargo test");
}

/// The same with the names that a reader's own systems would have.
fn of_a_real_pair(text: &str) -> String {
    [
        ("$BOSTON_URL", "https://boston.example.net"),
        ("$CHICAGO_URL", "https://chicago.example.net"),
        ("127.0.0.1", "chicago.example.net"),
        ("$CHICAGO_SSH_PORT", "22"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
