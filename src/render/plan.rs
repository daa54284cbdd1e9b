//! The plan as text: the count first, then system by system what would be done, one line per
//! change, with risks, what is blocked and why; what stays is counted.

use std::collections::BTreeSet;
use std::fmt;

use anstyle::Style;

use serde_json::Value;

use crate::model::{Address, Risk};
use crate::plan::{Action, Blocked, Plan, Step, Summary, System};
use crate::truenas_wire::Call;

use super::accepted::AcceptedText;
use super::checks::ChecksText;
use super::missing::missing;
use super::style::{
    CHANGE, CREATE, FAINT, HEADING, Painted, REMOVE, count, counted, item, paragraph, paragraphs,
};
use super::value::transition;
use crate::model::visible::{visible, visible_name};

/// A plan on its way to a terminal.
pub struct PlanText<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Whether the exact API calls are shown.
    pub calls: bool,
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        writeln!(f, "{}", headline(plan))?;
        self.incomplete(f)?;
        for (name, system) in &plan.systems {
            self.system(f, name, system)?;
        }
        write!(f, "{}", AcceptedText { accepted: &plan.accepted, width: self.width })?;
        write!(f, "{}", ChecksText { checks: &plan.checks, width: self.width })?;
        if !plan.hints.is_empty() {
            writeln!(f, "\n{}", Painted(HEADING, "Hints"))?;
            for hint in &plan.hints {
                writeln!(f, "{}", item("-", hint, "  ", self.width))?;
            }
        }
        Ok(())
    }
}

/// `Plan: 2 to create, 1 to update · 3 unchanged · 1 blocked`; what is zero is left out.
pub fn headline(plan: &Plan) -> String {
    let Summary { create, update, delete, unchanged, unverifiable, accepted, blocked: _ } =
        plan.summary;
    let steps = [
        counted(CREATE, create, "to create"),
        counted(CHANGE, update, "to update"),
        counted(REMOVE, delete, "to delete"),
    ];
    let steps: Vec<String> = steps.into_iter().flatten().collect();
    let heading = match steps.as_slice() {
        [] if plan.blocked.is_empty() => Painted(HEADING, "Plan: nothing to do").to_string(),
        [] => Painted(HEADING, "Plan: nothing to apply").to_string(),
        steps => format!("{} {}", Painted(HEADING, "Plan:"), steps.join(", ")),
    };
    let rest = [
        counted(Style::new(), unchanged, "unchanged"),
        counted(CHANGE, unverifiable, "unverifiable"),
        counted(Style::new(), accepted, "accepted"),
        counted(REMOVE, plan.blocked_items().count(), "blocked"),
        counted(REMOVE, waiting_resources(plan), WAITING),
    ];
    [heading].into_iter().chain(rest.into_iter().flatten()).collect::<Vec<_>>().join(" · ")
}

/// What waits for systems that could not be read, after its count.
pub const WAITING: &str = "waiting for an unread system";

/// How many resources wait for a system that could not be read.
pub fn waiting_resources(plan: &Plan) -> usize {
    plan.waiting().values().map(BTreeSet::len).sum()
}

/// `resources wait for it: a, b, c and 47 more`.
pub fn waiting_for_it(
    resources: &BTreeSet<&Address>,
    shown: impl Fn(&Address) -> String,
) -> String {
    const NAMED: usize = 3;
    let names: Vec<String> = resources.iter().take(NAMED).map(|it| shown(it)).collect();
    let more = resources.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let wait = if resources.len() == 1 { "waits" } else { "wait" };
    format!("{} {wait} for it: {}{more}", count(resources.len(), "resource"), names.join(", "))
}

/// What a system calls itself, where that is not its name in the manifest.
pub fn own_name<'a>(name: &str, system: &'a System) -> Option<&'a str> {
    system.hostname.as_deref().filter(|hostname| !hostname.eq_ignore_ascii_case(name))
}

impl PlanText<'_> {
    /// What may be missing from the plan, and which role shows it.
    fn incomplete(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plan.complete {
            return Ok(());
        }
        writeln!(f, "{}", Painted(CHANGE, "This plan is incomplete: changes may be missing."))?;
        for text in missing(&self.plan.systems, &self.plan.unverifiable) {
            writeln!(f, "{}", paragraphs(&text, "  ", self.width))?;
        }
        Ok(())
    }

    fn system(&self, f: &mut fmt::Formatter<'_>, name: &str, system: &System) -> fmt::Result {
        let here = |address: &Address| address.system == name;
        let steps: Vec<&Step> = self.plan.steps.iter().filter(|it| here(&it.address)).collect();
        let blocked: Vec<&Blocked> =
            self.plan.blocked_items().filter(|it| here(&it.address)).collect();
        let waiting = self.plan.waiting().remove(name);
        if steps.is_empty() && blocked.is_empty() && waiting.is_none() {
            return Ok(());
        }
        let release = system.release.as_deref().unwrap_or("release unknown");
        let mut about = format!("{}  {}", visible(release), visible(&system.url));
        if let Some(hostname) = own_name(name, system) {
            about += &format!("  calls itself {}", visible(hostname));
        }
        writeln!(f, "\n{}  {}", Painted(HEADING, visible(name)), Painted(FAINT, about))?;
        for step in steps {
            self.step(f, step)?;
        }
        for blocked in blocked {
            self.blocked(f, blocked)?;
        }
        if let Some(resources) = waiting {
            let sign = Painted(REMOVE, "x");
            writeln!(
                f,
                "\n  {sign} it could not be read{}",
                Painted(REMOVE, "  blocked: needs-unread")
            )?;
            let text = waiting_for_it(&resources, |address| visible(&address.to_string()).into());
            writeln!(f, "{}", paragraph(&text, "      ", self.width))?;
        }
        Ok(())
    }

    fn step(&self, f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
        let (sign, style) = match step.action {
            Action::Create => ('+', CREATE),
            Action::Update => ('~', CHANGE),
            Action::Delete => ('-', REMOVE),
        };
        self.title(f, &Painted(style, sign), &step.address, "", step.manifest.as_deref())?;
        changes(f, step.changes.iter().map(|it| (&*it.field, &it.before, &it.after)))?;
        for risk in &step.risks {
            self.risk(f, *risk, step)?;
        }
        if self.calls {
            for call in &step.calls {
                writeln!(f, "      {}", Painted(FAINT, format!("call {}", call_line(call))))?;
            }
        }
        Ok(())
    }

    fn title(
        &self,
        f: &mut fmt::Formatter<'_>,
        sign: &dyn fmt::Display,
        address: &Address,
        note: &str,
        manifest: Option<&str>,
    ) -> fmt::Result {
        let place = manifest.map(|place| format!("  ({place})")).unwrap_or_default();
        let (note, place) = (Painted(REMOVE, note), Painted(FAINT, visible(&place).into_owned()));
        writeln!(f, "\n  {sign} {}{note}{place}", named(address))
    }

    fn risk(&self, f: &mut fmt::Formatter<'_>, risk: Risk, step: &Step) -> fmt::Result {
        let consequence = step.consequences.get(&risk).map(String::as_str).unwrap_or_default();
        let text = format!("{}: {consequence}", risk.name());
        let style = if risk.may_lock_out() { REMOVE } else { CHANGE };
        writeln!(f, "{}", Painted(style, item("!", &text, "      ", self.width)))?;
        if risk.may_lock_out() {
            let text = format!("may lock somebody out: apply needs --allow {}", risk.name());
            writeln!(f, "{}", Painted(style, paragraph(&text, "        ", self.width)))?;
        }
        Ok(())
    }

    fn blocked(&self, f: &mut fmt::Formatter<'_>, blocked: &Blocked) -> fmt::Result {
        let sign = Painted(REMOVE, "x");
        let note = format!("  blocked: {}", blocked.reason.name());
        self.title(f, &sign, &blocked.address, &note, blocked.manifest.as_deref())?;
        let field = blocked.field.iter().map(|it| (it.as_str(), &blocked.before, &blocked.after));
        changes(f, field)?;
        writeln!(f, "{}", paragraph(&blocked.remedy, "      ", self.width))
    }
}

/// Fields and what becomes of them: their values in one column, lists below their names.
fn changes<'a>(
    f: &mut fmt::Formatter<'_>,
    changes: impl Iterator<Item = (&'a str, &'a Value, &'a Value)>,
) -> fmt::Result {
    let shown: Vec<_> = changes
        .map(|(field, before, after)| (visible(field), transition(before, after, "        ")))
        .collect();
    let on_one_line = shown.iter().filter(|(_, shown)| !shown.starts_with('\n'));
    let width = on_one_line.map(|(field, _)| field.len()).max().unwrap_or_default();
    for (field, shown) in &shown {
        match shown.strip_prefix('\n') {
            Some(below) => writeln!(f, "      {field}\n{below}")?,
            None => writeln!(f, "      {field:width$}  {shown}")?,
        }
    }
    Ok(())
}

/// The resource as it is named under its system's heading.
pub fn named(address: &Address) -> String {
    match &address.name {
        Some(name) => {
            format!("{} {}", visible(&address.kind), Painted(HEADING, visible_name(name)))
        }
        None => Painted(HEADING, visible(&address.kind)).to_string(),
    }
}

/// A call on one line: the method and its parameters as they are sent.
pub fn call_line(call: &Call) -> String {
    let params: Vec<String> = call.params.iter().map(Value::to_string).collect();
    visible(&format!("{} {}", call.method, params.join(" "))).into_owned()
}
