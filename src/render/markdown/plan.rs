//! The plan for a pull request: the count, what is blocked and what is risky first, a table that
//! is read in ten seconds, every change folded below it, the exact calls folded once more.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::link::Check;
use crate::model::placeholder::as_reference;
use crate::model::{Address, Change};
use crate::plan::{Accepted, Action, Blocked, Plan, Step, System};
use crate::render::checks;
use crate::render::list_diff::DiffLine;
use crate::render::missing::missing;
use crate::render::plan::{WAITING, own_name, waiting_for_it, waiting_resources};
use crate::render::style::{count, nonzero};
use crate::render::value::{changed_lines, inline, unchanged};

use super::calls::call_lines;
use super::escape::shortened;
use super::{Page, code, words};

/// The plan as Markdown; the same text for the same plan.
pub fn plan(plan: &Plan) -> String {
    let mut page = Page::new("plan");
    page.line(format_args!("### trueup: {}", headline(plan)));
    page.line("");
    page.line(about(plan));
    incomplete(plan, &mut page);
    blocked(plan, &mut page);
    checks(plan, &mut page);
    risks(plan, &mut page);
    table(plan, &mut page);
    accepted(&plan.accepted, &mut page);
    details(plan, &mut page);
    let hints: Vec<String> = plan.hints.iter().map(|hint| format!("- {}", words(hint))).collect();
    let head = format!("\n<details><summary>{}</summary>\n", count(hints.len(), "hint"));
    page.rows("hints", &head, &hints, "\n</details>");
    page.finish("The saved plan has all of it: `trueup show FILE`.")
}

fn headline(plan: &Plan) -> String {
    let summary = plan.summary;
    let mut parts = nonzero([
        (summary.create, "to create"),
        (summary.update, "to update"),
        (summary.delete, "to delete"),
    ]);
    match (parts.is_empty(), plan.blocked.is_empty()) {
        (true, true) => parts.push("nothing to do".into()),
        (true, false) => parts.push("nothing to apply".into()),
        (false, _) => {}
    }
    let blocked = plan.blocked_items().count();
    parts.extend(nonzero([(blocked, "blocked"), (waiting_resources(plan), WAITING)]));
    parts.join(", ")
}

/// `4 unchanged · boston 25.10.6 · chicago 26.0.0 · plan sha256:…`
fn about(plan: &Plan) -> String {
    let mut parts = nonzero([
        (plan.summary.unchanged, "unchanged"),
        (plan.summary.unverifiable, "unverifiable"),
        (plan.summary.accepted, "accepted"),
    ]);
    parts.extend(plan.systems.iter().map(|(name, system)| about_system(name, system)));
    parts.push(format!("plan {}", code(&plan.fingerprint)));
    parts.join(" · ")
}

/// `chicago` 25.10.6, calls itself `nas-7`.
pub(super) fn about_system(name: &str, system: &System) -> String {
    let release = match &system.release {
        Some(release) => words(release),
        None => "not reached".into(),
    };
    let hostname = own_name(name, system);
    let hostname = hostname.map(|it| format!(" (calls itself {})", code(it))).unwrap_or_default();
    format!("{} {release}{hostname}", code(name))
}

fn incomplete(plan: &Plan, page: &mut Page) {
    if plan.complete {
        return;
    }
    page.line("\n**This plan is incomplete: changes may be missing.**\n");
    let rows = missing(&plan.systems, &plan.unverifiable);
    let rows: Vec<String> =
        rows.iter().map(|it| format!("- {}", words(&it.replace('\n', ". ")))).collect();
    page.rows("things that could not be read", "", &rows, "");
}

/// What keeps replications from running although the plan is applied.
fn checks(plan: &Plan, page: &mut Page) {
    let row = |check: &Check| {
        format!("- **{}**: {}", words(&checks::sentence(check)), words(&check.remedy_with_place()))
    };
    let rows: Vec<String> = plan.checks.iter().map(row).collect();
    page.rows("checks that fail", "\n**Replications that will not run, or may not:**\n", &rows, "");
}

fn blocked(plan: &Plan, page: &mut Page) {
    let row = |it: &Blocked| {
        let field = it.field.as_ref().map(|field| format!(" {}", code(field))).unwrap_or_default();
        format!(
            "- {}{field}: **{}**: {}{}",
            code(&it.address.to_string()),
            it.reason.name(),
            words(&it.remedy),
            place(it.manifest.as_deref())
        )
    };
    let rows: Vec<String> = plan.blocked_items().map(row).collect();
    page.rows("blocked items", &format!("\n**Blocked: {}**\n", rows.len()), &rows, "");
    let row = |(system, resources): (&str, BTreeSet<&Address>)| {
        let text = waiting_for_it(&resources, |address| code(&address.to_string()));
        format!("- {} could not be read: {text}", code(system))
    };
    let rows: Vec<String> = plan.waiting().into_iter().map(row).collect();
    let head = format!("\n**Waiting for an unread system: {}**\n", waiting_resources(plan));
    page.rows("systems that others wait for", &head, &rows, "");
}

fn risks(plan: &Plan, page: &mut Page) {
    let mut lock_out = Vec::new();
    let mut others = Vec::new();
    for step in &plan.steps {
        for risk in &step.risks {
            let consequence = step.consequences.get(risk).map(String::as_str).unwrap_or_default();
            let resource = code(&step.address.to_string());
            let row = format!("- {resource}: **{}**: {}", risk.name(), words(consequence));
            if risk.may_lock_out() {
                lock_out.push(format!("{row}. Apply needs `--allow {}`", risk.name()));
            } else {
                others.push(row);
            }
        }
    }
    let head = format!("\n**May lock somebody out: {}**\n", lock_out.len());
    page.rows("lock-out risks", &head, &lock_out, "");
    page.rows("risks", &format!("\n**Risks: {}**\n", others.len()), &others, "");
}

fn table(plan: &Plan, page: &mut Page) {
    let row = |step: &Step| {
        let fields: Vec<String> = step.changes.iter().map(|it| code(&it.field)).collect();
        format!(
            "| {} | {} | {} | {} |",
            verb(step.action),
            code(&step.address.system),
            resource(&step.address),
            fields.join(", ")
        )
    };
    let rows: Vec<String> = plan.steps.iter().map(row).collect();
    page.rows("steps", "\n| | system | resource | fields |\n| --- | --- | --- | --- |", &rows, "");
}

fn details(plan: &Plan, page: &mut Page) {
    let rows: Vec<String> = plan.steps.iter().map(step).collect();
    let head = "\n<details><summary>Every change, old → new</summary>";
    if !page.rows("steps' changes", head, &rows, "") {
        return;
    }
    let rows: Vec<String> = plan.steps.iter().map(calls).collect();
    let head = "\n<details><summary>The exact API calls</summary>";
    page.rows("steps' calls", head, &rows, "\n</details>");
    page.line("\n</details>");
}

fn step(step: &Step) -> String {
    let resource = code(&step.address.to_string());
    let place = place(step.manifest.as_deref());
    let changes = step.changes.iter();
    let changes: String = changes
        .map(|change| {
            let value = transition(change);
            let gap = if value.starts_with('\n') { "" } else { " " };
            format!("\n- {}:{gap}{value}", code(&change.field))
        })
        .collect();
    let gap = if changes.is_empty() { "" } else { "\n" };
    format!("\n**{} {resource}**{place}{gap}{changes}", verb(step.action))
}

/// `old → new`; of lists the lines that change.
fn transition(change: &Change) -> String {
    changed(&change.before, &change.after).unwrap_or_else(|| match &change.before {
        Value::Null => value(&change.after),
        before => format!("{} → {}", value(before), value(&change.after)),
    })
}

/// What changes in a list, as a block below an item of a list; `None` for values without lines.
pub(super) fn changed(before: &Value, after: &Value) -> Option<String> {
    let lines: Vec<String> = changed_lines(before, after)?.into_iter().map(diff_line).collect();
    if lines.is_empty() {
        return Some(code("[]"));
    }
    let fence = fence(&lines);
    let block = [format!("{fence}diff")].into_iter().chain(lines).chain([fence]);
    Some(block.map(|line| format!("\n  {line}")).collect())
}

fn diff_line(line: DiffLine) -> String {
    match line {
        DiffLine::Removed(line) => format!("- {}", shortened(&line)),
        DiffLine::Added(line) => format!("+ {}", shortened(&line)),
        DiffLine::Context(line) => format!("  {}", shortened(&line)),
        DiffLine::Unchanged(count) => format!("  {}", unchanged(count)),
    }
}

fn value(value: &Value) -> String {
    match as_reference(value) {
        Some(field) => format!("known after apply: {}", code(&field.to_string())),
        None => code(&inline(value)),
    }
}

fn calls(step: &Step) -> String {
    let lines = call_lines(step);
    let fence = fence(&lines);
    format!("\n{}\n\n{fence}\n{}\n{fence}", code(&step.address.to_string()), lines.join("\n"))
}

/// A row of backticks that is longer than any within the lines.
fn fence(lines: &[String]) -> String {
    let runs = lines.iter().flat_map(|line| line.split(|c| c != '`').map(str::len));
    "`".repeat(runs.max().unwrap_or_default().max(2) + 1)
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

pub(super) fn resource(address: &Address) -> String {
    match &address.name {
        Some(name) => code(&format!("{} {name}", address.kind)),
        None => code(&address.kind),
    }
}

pub(super) fn place(manifest: Option<&str>) -> String {
    manifest.map(|place| format!(" ({})", code(place))).unwrap_or_default()
}

/// What differs and is accepted for now.
pub(super) fn accepted(all: &[Accepted], page: &mut Page) {
    let row = |it: &Accepted| {
        format!(
            "- {} {} is {}, should be {}, until {}: {}{}",
            code(&it.address.to_string()),
            code(&it.field),
            code(&inline(&it.live)),
            code(&inline(&it.desired)),
            words(&it.until),
            words(&it.reason),
            place(it.manifest.as_deref())
        )
    };
    let rows: Vec<String> = all.iter().map(row).collect();
    let head = format!("\n**Accepted for now: {}**\n", rows.len());
    page.rows("accepted differences", &head, &rows, "");
}
