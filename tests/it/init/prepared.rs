//! Pairs that are ready: the manifest that is written changes nothing.

use super::{apply_example, new_pair, pair, set_up_by_truenas, story};

/// The story, whose plan has nothing to do.
#[track_caller]
pub fn nothing_to_do(text: &str) {
    let plan = text.split("--- plan\n").nth(1).expect("a plan");
    assert!(plan.starts_with("Plan: nothing to do"), "{text}");
    assert!(!plan.contains("blocked") && !plan.contains("unverifiable"), "{text}");
}

#[test]
fn by_the_quickstart() {
    let fleet = pair("", "");
    apply_example(&fleet, "quickstart.yaml");
    let text = story(&fleet);
    nothing_to_do(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn by_the_documentation_to_the_letter() {
    let fleet = pair("", "");
    apply_example(&fleet, "documented.yaml");
    let text = story(&fleet);
    nothing_to_do(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn with_least_privilege() {
    let fleet = pair("", "");
    apply_example(&fleet, "least-privilege.yaml");
    let text = story(&fleet);
    nothing_to_do(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn by_the_semi_automatic_set_up_with_the_administrator() {
    let fleet = pair("", "datasets: { backup/boston: {} }");
    new_pair(&fleet, "something else");
    set_up_by_truenas(&fleet, "Chicago (off-site)", "truenas_admin", true);
    let text = story(&fleet);
    nothing_to_do(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn by_the_semi_automatic_set_up_with_root() {
    let fleet = pair("", "datasets: { backup/boston: {} }");
    set_up_by_truenas(&fleet, "root@chicago", "root", false);
    let text = story(&fleet);
    nothing_to_do(&text);
    insta::assert_snapshot!(text);
}
