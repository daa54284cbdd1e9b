//! The drift report for an issue: what breaks a replication first, a table that is read in ten
//! seconds, both values and who changed them folded below it, and what restores it.

use crate::plan::Drift;
use crate::plan::drift::{Breaking, Difference, Differs, Item};
use crate::render::drift::{Blamed, meaning, since};
use crate::render::missing::missing;
use crate::render::style::{count, nonzero};
use crate::render::value::inline;

use super::plan::{about_system, accepted, changed, place, resource};
use super::{Page, code, words};

/// The report as Markdown.
pub fn drift(drift: &Drift) -> String {
    let mut page = Page::new("drift");
    page.line(format_args!("### trueup: {}\n\n{}", headline(drift), about(drift)));
    incomplete(drift, &mut page);
    breaking(drift, &mut page);
    table(drift, &mut page);
    accepted(&drift.accepted, &mut page);
    details(drift, &mut page);
    let hints: Vec<String> = drift.hints.iter().map(|hint| format!("- {}", words(hint))).collect();
    let head = format!("\n<details><summary>{}</summary>\n", count(hints.len(), "hint"));
    page.rows("hints", &head, &hints, "\n</details>");
    page.finish("`trueup drift` says all of it.")
}

fn headline(drift: &Drift) -> String {
    let summary = drift.summary;
    match () {
        () if drift.nothing_read() => "drift: nothing could be read".into(),
        () if drift.is_empty() && !drift.all_read() => "no drift in what was read".into(),
        () if drift.is_empty() => "no drift".into(),
        () => {
            let counts = nonzero([(summary.differs, "changed"), (summary.missing, "missing")]);
            format!("drift: {}", counts.join(", "))
        }
    }
}

/// `4 unchanged · 1 accepted · boston 25.10.6 · chicago 26.0.0 · 2030-12-31T23:59:59Z`
fn about(drift: &Drift) -> String {
    let summary = drift.summary;
    let mut parts = nonzero([
        (summary.unchanged, "unchanged"),
        (summary.accepted, "accepted"),
        (summary.unverifiable, "unverifiable"),
    ]);
    parts.extend(drift.systems.iter().map(|(name, system)| about_system(name, system)));
    parts.push(code(&drift.made_at));
    parts.join(" · ")
}

fn incomplete(drift: &Drift, page: &mut Page) {
    if drift.complete {
        return;
    }
    page.line("\n**This report is incomplete: drift may be missing.**\n");
    let mut rows = missing(&drift.systems, &drift.unverifiable);
    rows.extend(drift.failure.clone());
    let rows: Vec<String> =
        rows.iter().map(|it| format!("- {}", words(&it.replace('\n', ". ")))).collect();
    page.rows("things that could not be read", "", &rows, "");
}

fn breaking(drift: &Drift, page: &mut Page) {
    let row = |item: &Item| {
        let replications: Vec<String> = item.replications.iter().map(|it| code(it)).collect();
        let why = item.why.as_ref().map(|why| format!(": {}", words(why))).unwrap_or_default();
        format!("- {} breaks {}{why}", code(&item.address.to_string()), replications.join(", "))
    };
    let breaks = |item: &&Item| item.breaks == Breaking::Yes && !item.replications.is_empty();
    let rows: Vec<String> = drift.items.iter().filter(breaks).map(row).collect();
    let head = format!("\n**Breaks replication: {}**\n", rows.len());
    page.rows("things that break a replication", &head, &rows, "");
}

fn table(drift: &Drift, page: &mut Page) {
    let row = |item: &Item| {
        let fields: Vec<String> = item.fields.iter().map(|it| code(&it.field)).collect();
        let state = match item.state {
            Differs::Missing => "missing",
            Differs::Differs => "changed",
        };
        let breaks = if item.replications.is_empty() { "" } else { item.breaks.name() };
        format!(
            "| {state} | {} | {} | {} | {breaks} |",
            code(&item.address.system),
            resource(&item.address),
            fields.join(", ")
        )
    };
    let rows: Vec<String> = drift.items.iter().map(row).collect();
    let head = "\n| | system | resource | fields | breaks replication |\n\
                | --- | --- | --- | --- | --- |";
    page.rows("differences", head, &rows, "");
}

fn details(drift: &Drift, page: &mut Page) {
    if let Some(since) = since(drift).filter(|_| !drift.is_empty()) {
        page.line(format_args!("\n{}", words(&since)));
    }
    let rows: Vec<String> = drift.items.iter().map(|item| details_of(item, drift)).collect();
    let head = "\n<details><summary>Every difference, and what restores it</summary>";
    page.rows("differences in full", head, &rows, "\n</details>");
}

fn details_of(item: &Item, drift: &Drift) -> String {
    let place = place(item.manifest.as_deref());
    let mut text = format!("\n**{}**{place}\n", code(&item.address.to_string()));
    for field in &item.fields {
        text += &format!("\n- {}: {}", code(&field.field), values(field, item.state));
        if let Some(until) = &field.accepted_until {
            text += &format!("; was accepted until {}, which is over", words(until));
        }
        if drift.baseline.is_some() && item.origin.is_none() {
            let why = field.origin_unknown.iter().map(|why| format!(": {why}"));
            text += &format!("; {}{}", meaning(field.origin), words(&why.collect::<String>()));
        }
    }
    if let Some(origin) = item.origin.filter(|_| drift.baseline.is_some()) {
        text += &format!("\n- missing: {}", meaning(origin));
    }
    for blame in &item.blame {
        text += &format!("\n- {}", words(&Blamed(blame).to_string()));
    }
    let restore = &item.restore;
    if let Some(why) = &restore.why_not {
        text += &format!("\n- {}", words(why));
    }
    let allow: String = restore.allow.iter().map(|it| format!(" `--allow {it}`")).collect();
    let allow = if allow.is_empty() { allow } else { format!(", after a person agreed:{allow}") };
    if let Some(command) = &restore.command {
        text += &format!("\n- restore with {}{allow}", code(command));
    }
    text
}

fn values(field: &Difference, state: Differs) -> String {
    let value = |value| code(&inline(value));
    if state == Differs::Missing {
        return format!("should be {}", value(&field.desired));
    }
    if field.unmanaged {
        return format!("is {}", value(&field.live));
    }
    if field.matches_manifest {
        return format!("is {}, as the manifest asks", value(&field.live));
    }
    let lines = changed(&field.live, &field.desired);
    lines.map(|lines| format!("- is, + should be{lines}")).unwrap_or_else(|| {
        format!("is {}, should be {}", value(&field.live), value(&field.desired))
    })
}
