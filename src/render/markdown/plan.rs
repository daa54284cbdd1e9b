//! The plan for a pull request: the count, what is blocked and what is risky first, a table that
//! is read in ten seconds, every change folded below it, the exact calls folded once more.

use serde_json::Value;

use crate::link::Check;
use crate::model::call::as_hole;
use crate::model::{Address, Change};
use crate::plan::{Action, Blocked, Plan, Step};
use crate::render::checks;
use crate::render::missing::missing;
use crate::render::plan::call_line;
use crate::render::style::count;
use crate::render::value::inline;

use super::drift::accepted;
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
    let mut text = if plan.is_empty() {
        "nothing to do".to_string()
    } else {
        format!(
            "{} to create, {} to update, {} to delete",
            summary.create, summary.update, summary.delete
        )
    };
    if summary.blocked > 0 {
        text += &format!(", {} blocked", summary.blocked);
    }
    text
}

/// `4 unchanged · boston 25.10.6 · chicago 26.0.0 · plan sha256:…`
fn about(plan: &Plan) -> String {
    let mut parts = vec![format!("{} unchanged", plan.summary.unchanged)];
    if plan.summary.unverifiable > 0 {
        parts.push(format!("{} unverifiable", plan.summary.unverifiable));
    }
    if plan.summary.accepted > 0 {
        parts.push(format!("{} accepted", plan.summary.accepted));
    }
    for (name, system) in &plan.systems {
        let release = system.release.as_deref().unwrap_or("release unknown");
        parts.push(format!("{} {}", code(name), words(release)));
    }
    parts.push(format!("plan {}", code(&plan.fingerprint)));
    parts.join(" · ")
}

fn incomplete(plan: &Plan, page: &mut Page) {
    if plan.complete {
        return;
    }
    page.line("\n**This plan is incomplete: changes may be missing.**\n");
    let rows = missing(&plan.systems, &plan.unverifiable);
    let rows: Vec<String> =
        rows.iter().map(|it| format!("- {}", words(&it.replace('\n', " ")))).collect();
    page.rows("things that could not be read", "", &rows, "");
}

/// What keeps replications from running although the plan is applied.
fn checks(plan: &Plan, page: &mut Page) {
    let row = |check: &Check| {
        format!("- **{}**: {}", words(&checks::sentence(check)), words(&checks::remedy(check)))
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
    let rows: Vec<String> = plan.blocked.iter().map(row).collect();
    page.rows("blocked items", &format!("\n**Blocked: {}**\n", rows.len()), &rows, "");
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
        .map(|change| format!("\n- {}: {}", code(&change.field), transition(change)))
        .collect();
    let gap = if changes.is_empty() { "" } else { "\n" };
    format!("\n**{} {resource}**{place}{gap}{changes}", verb(step.action))
}

/// `old → new`; of lists only what comes and what goes.
fn transition(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Value::Array(before), Value::Array(after)) => members(before, after),
        (Value::Null, Value::Array(after)) => members(&[], after),
        (Value::Null, after) => value(after),
        (before, after) => format!("{} → {}", value(before), value(after)),
    }
}

pub(super) fn members(before: &[Value], after: &[Value]) -> String {
    let gone = before.iter().filter(|it| !after.contains(it)).map(|it| format!("− {}", value(it)));
    let new = after.iter().filter(|it| !before.contains(it)).map(|it| format!("+ {}", value(it)));
    let mut parts: Vec<String> = gone.chain(new).collect();
    let kept = before.iter().filter(|it| after.contains(it)).count();
    if kept > 0 {
        parts.push(format!("{kept} stay"));
    }
    if parts.is_empty() { value(&Value::Array(after.to_vec())) } else { parts.join(", ") }
}

fn value(value: &Value) -> String {
    match as_hole(value) {
        Some(field) => format!("known after apply: {}", code(&field.to_string())),
        None => code(&inline(value)),
    }
}

fn calls(step: &Step) -> String {
    let lines: Vec<String> = step.calls.iter().map(call_line).collect();
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
