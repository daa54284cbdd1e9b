//! What applying did, for the pull request that asked for it: what was not done first.

use crate::apply::{Cause, Proof, ProofResult, Report, StepReport, StepResult};
use crate::render::style::count;

use super::{Page, code, words};

/// The report as Markdown.
pub fn report(report: &Report) -> String {
    let mut page = Page::new("apply");
    let applied = report.count(StepResult::Applied);
    let heading = if report.interrupted { "stopped" } else { "applied" };
    let held = report.count(StepResult::HeldAlready);
    let what = match report.steps.len() - held {
        0 => "nothing to do".into(),
        left => format!("{heading} {applied} of {}", count(left, "step")),
    };
    page.line(format_args!("### trueup: {what}\n\nplan {}", code(&report.fingerprint)));
    let undone = report.steps.iter().filter(|step| !step.result.is_so());
    let rows: Vec<String> = undone.map(step).collect();
    page.rows("steps that were not applied", "", &rows, "");
    let warned = report.steps.iter().flat_map(|step| {
        let address = code(&step.address.to_string());
        step.warnings.iter().map(move |it| format!("- {address}: {}", words(it)))
    });
    let rows: Vec<String> = warned.collect();
    page.rows("warnings", "\n**Look at this**\n", &rows, "");
    let rows: Vec<String> = report.proofs.iter().map(proof).collect();
    page.rows("links", "\n**Links**\n", &rows, "");
    let done = report.steps.iter().filter(|step| step.result.is_so());
    let rows: Vec<String> =
        done.map(|step| format!("- {}", code(&step.address.to_string()))).collect();
    let head = format!("\n<details><summary>{} as desired</summary>\n", rows.len());
    page.rows("applied steps", &head, &rows, "\n</details>");
    page.finish("`trueup apply --format json` says all of it.")
}

fn step(step: &StepReport) -> String {
    let what = match step.result {
        StepResult::Applied => "applied",
        StepResult::HeldAlready => "held already",
        StepResult::Failed => "failed",
        StepResult::Interrupted => "stopped in the middle",
        StepResult::NotStarted => "not started",
    };
    let error = step.error.as_deref().map(|it| format!(": {}", words(it))).unwrap_or_default();
    format!("- {}: **{what}**{error}", code(&step.address.to_string()))
}

fn proof(proof: &Proof) -> String {
    let what = match proof.result {
        ProofResult::Proven => "proven: the source lists the remote's datasets",
        ProofResult::Failed => "**does not work**",
        ProofResult::NotProven => "not proven",
    };
    let mut text = format!("- {}: {what}", code(&proof.connection.to_string()));
    text += &proof.text.as_deref().map(|it| format!("; {}", words(it))).unwrap_or_default();
    for Cause { cause, how_to_tell, remedy } in &proof.causes {
        for (word, it) in
            [("likely cause", cause), ("how to tell", how_to_tell), ("what to do", remedy)]
        {
            text += &format!("\n  - {word}: {}", words(it));
        }
    }
    text
}
