//! The comment on a pull request: what a reviewer reads, and what a hostile name cannot do to it.

use serde_json::{Value, json};

use super::{forge, planned};
use crate::spine::PAIR;
use crate::support::Fleet;

#[test]
fn a_plan_reads_well_and_the_same_each_time() {
    let fleet = planned();
    let first = fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout;
    let shown = fleet.trueup(&["show", "plan.json", "--format", "markdown"]).exits(0).stdout;
    assert_eq!(first, shown, "the same text for the same plan");
    assert!(first.starts_with("<!-- trueup:plan -->\n"), "a bot finds its own comment");
    insta::assert_snapshot!(without_fingerprint(&first));
    let report = fleet.trueup(&["apply", "--yes", "--format", "markdown"]).exits(0).stdout;
    insta::assert_snapshot!(without_fingerprint(&report));
    insta::assert_snapshot!(without_fingerprint(
        &fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout
    ));
}

#[test]
fn what_is_blocked_and_what_is_risky_comes_first() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("boston", ""), ("chicago", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let part = "ssh: { running: false, password_login: true }\ndatasets: { backup/no/parent: {}, backup/fine: {} }";
    fleet.call("chicago", "ssh.update", json!([{ "passwordauth": false }]));
    fleet.manifest(&[("boston", ""), ("chicago", part)]);
    let plan = fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout;
    insta::assert_snapshot!(without_fingerprint(&plan));
}

/// A key line that differs from others in its number.
fn key(number: usize) -> String {
    let blob = format!("AAAAC3NzaC1lZDI1NTE5AAAAIA{number:042}");
    format!("ssh-ed25519 {blob} key-{number}")
}

#[test]
fn one_new_key_among_many_is_shown_with_its_surroundings() {
    let fleet = Fleet::start(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: { tank: {} }\n    \
         datasets: { tank/home: {} }\n    limits: { logins_per_minute: 1000 }\n",
    );
    let account = |keys: &[String]| {
        let keys: String = keys.iter().map(|key| format!("        - \"{key}\"\n")).collect();
        format!(
            "admins:\n  repl:\n    home: {{ path: /mnt/tank/home/repl }}\n    ssh_access: true\n    \
             authorized_keys:\n      exclusive: true\n      keys:\n{keys}"
        )
    };
    let keys: Vec<String> = (1..=300).map(key).collect();
    fleet.manifest(&[("box", &account(&keys))]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let mut changed = keys.clone();
    changed.remove(149);
    changed.push(key(301));
    fleet.manifest(&[("box", &account(&changed))]);
    let text = fleet.trueup(&["plan"]).exits(0).stdout;
    insta::assert_snapshot!(text);
    let markdown = fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout;
    let (_, details) = markdown.split_once("old → new</summary>\n").expect("the changes");
    let (details, calls) = details.split_once("\n<details>").expect("the calls");
    insta::assert_snapshot!(details);
    insta::assert_snapshot!(calls);
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let change = &json["steps"][0]["changes"][0];
    assert_eq!((&change["before"], &change["after"]), (&json!(keys), &json!(changed)));
    let call = &json["steps"][0]["calls"][0]["params"][1];
    assert_eq!(call["sshpubkey"], json!(changed.join("\n")));
    let text = fleet.trueup(&["plan", "--calls"]).exits(0).stdout;
    assert!(text.contains(&format!("{{\"sshpubkey\":\"{}\"}}", changed.join("\\n"))), "{text}");
    let drift = fleet.trueup(&["drift"]).exits(2).stdout;
    assert_eq!(drift.matches("ssh-ed25519 ").count(), 8, "{drift}");
}

/// The fingerprint is over ports and host ids, which differ from run to run.
fn without_fingerprint(text: &str) -> String {
    let (before, rest) = text.split_once("sha256:").expect("a fingerprint");
    format!("{before}sha256:…{}", &rest[64..])
}

const EVIL: [&str; 9] = [
    "a | b |\n| c",
    "</summary></details><img src=x onerror=alert(1)>",
    "```\n# heading\n```",
    "`@everyone` and @admin",
    "[click](https://evil.example.net)",
    "![](https://evil.example.net/track.png)",
    "<!-- trueup:plan -->",
    "\u{202e}gnp.\u{1b}[31m",
    "#1 !2 ~3 $4 %5",
];

#[test]
fn hostile_names_and_values_are_text_and_nothing_else() {
    for evil in EVIL {
        let fleet = planned();
        forge(&fleet, |plan| {
            plan["hints"] = json!([evil]);
            plan["steps"][0]["manifest"] = json!(evil);
            plan["systems"]["boston"]["release"] = json!(evil);
            plan["blocked"] = json!([{
                "address": format!("boston/dataset/{evil}"), "field": evil, "before": evil,
                "after": evil, "reason": "no-parent", "remedy": evil, "manifest": evil,
            }]);
            plan["summary"]["blocked"] = json!(1);
            let comments = json!({ "field": "comments", "before": null, "after": evil });
            for step in plan["steps"].as_array_mut().expect("steps") {
                if step["address"] == "chicago/dataset/backup/boston" {
                    step["changes"] = json!([comments]);
                    let digest =
                        step["expects"]["chicago/dataset/backup/boston"]["comments"].take();
                    step["expects"] = json!({ "chicago/dataset/backup/boston": {
                        "comments": digest, "exists": digest_of_false(),
                    } });
                    step["calls"][0]["params"][0]["comments"] = json!(evil);
                }
            }
        });
        let text = fleet.trueup(&["show", "plan.json", "--format", "markdown"]).exits(0).stdout;
        is_inert(&text);
    }
}

/// The digest of a resource that is not there.
fn digest_of_false() -> Value {
    json!("sha256:fcbcf165908dd18a9e49f7ff27810176db8e9f63b4352213741664245224f8aa")
}

/// Outside of code there is no markup but our own.
#[track_caller]
fn is_inert(text: &str) {
    assert_eq!(text.matches("<!--").count() - in_code(text, "<!--"), 1, "{text}");
    for forbidden in ["<img", "@everyone", "@admin", "](http", "# heading", "\u{202e}", "\u{1b}"] {
        let outside = text.matches(forbidden).count() - in_code(text, forbidden);
        assert_eq!(outside, 0, "{forbidden}:\n{text}");
    }
    let opened = text.matches("<details>").count() - in_code(text, "<details>");
    let closed = text.matches("</details>").count() - in_code(text, "</details>");
    assert_eq!(opened, closed, "{text}");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    for row in rows {
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
}

/// How often it stands in code: between backticks of one line, or in a fenced block.
fn in_code(text: &str, what: &str) -> usize {
    let mut fence: Option<&str> = None;
    let mut count = 0;
    for line in text.lines() {
        let line = line.trim_start();
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => count += line.matches(what).count(),
            None if ticks.len() >= 3 && ["", "diff"].contains(&&line[ticks.len()..]) => {
                fence = Some(ticks);
            }
            None => {
                let spans = line.split('`').skip(1).step_by(2);
                count += spans.map(|span| span.matches(what).count()).sum::<usize>();
            }
        }
    }
    count
}

#[test]
fn a_comment_stays_below_the_platforms_limit_and_says_what_it_leaves_out() {
    let fleet = Fleet::start(PAIR);
    let names: String = (0..1500).map(|at| format!("  backup/d{at:04}: {{}}\n")).collect();
    fleet.manifest(&[("boston", ""), ("chicago", &format!("datasets:\n{names}"))]);
    let text = fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout;
    assert!(text.chars().count() < 65_536, "{}", text.len());
    assert!(text.contains("1500 to create"));
    let shown = text.lines().filter(|line| line.starts_with("| create")).count();
    assert!(shown > 100 && shown < 1500, "{shown}");
    assert!(text.contains(&format!("{} of 1500 steps", 1500 - shown)), "{}", &text[64_000..]);
    assert!(text.contains("1500 of 1500 steps' changes"));
    assert!(text.ends_with("The saved plan has all of it: `trueup show FILE`.\n"));
}
