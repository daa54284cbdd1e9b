//! What `apply` is about to carry out: a plan made just now, or a saved one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::model::{Address, Risk};
use crate::plan::identity::{moved, strangers};
use crate::plan::rehearsal::rehearse;
use crate::plan::stale::Stale;
use crate::plan::{Inputs, Plan, Selection, Step};
use crate::render::stale::sentence;
use crate::truenas_wire::Observed;

use super::context::{Context, document, endpoints};
use super::exit::Problem;
use super::reached::Reached;
use super::{Exit, Failure, ManifestArgs, Narrow, Network, output, plan, show};

/// A plan, the systems that it is for, and what of it is left to do.
pub(super) struct Work {
    /// The plan.
    pub plan: Plan,
    /// What of the manifest it is about; everything, for a saved one.
    pub selection: Selection,
    /// Its systems.
    pub reached: Reached,
    /// The steps that hold already.
    pub done: BTreeSet<Address>,
    /// What the others risk.
    pub risks: BTreeSet<Risk>,
}

impl Work {
    /// Plans.
    ///
    /// # Errors
    /// Whatever keeps the plan from being made, or a system that could not be read, unless that is
    /// allowed: then it and what needs it are left out.
    pub(super) async fn planned(
        args: &ManifestArgs,
        narrow: &Narrow,
        network: Network,
        allow_incomplete: bool,
    ) -> Result<Self, Failure> {
        let context = Context::read(args, narrow, network).await?;
        if let Some(failure) = context.reached.unread().filter(|_| !allow_incomplete) {
            return Err(failure.also(
                "nothing was changed anywhere, since part of the plan is unknown",
                "`--allow incomplete` leaves out these systems and what needs them, applies the \
                 rest, and then exits with 3; `--only ADDRESS` narrows it to what needs none of \
                 them",
            ));
        }
        let plan = plan::make(&context)?;
        let risks = plan.steps.iter().flat_map(|step| step.risks.iter().copied()).collect();
        let Context { selection, reached, .. } = context;
        Ok(Self { plan, selection, reached, done: BTreeSet::new(), risks })
    }

    /// Takes a saved plan, and makes sure that it is for these systems as they are now.
    ///
    /// # Errors
    /// A file that is no plan, other systems, or something that changed: nothing was sent.
    pub(super) async fn saved(
        file: &Path,
        args: &ManifestArgs,
        network: Network,
    ) -> Result<Self, Failure> {
        let plan = show::read(file)?;
        let document = document(args)?;
        let endpoints = endpoints(&document, &plan.systems_involved())?;
        // An inventory may name another account than the one that planned.
        let is_other = document.digest() != plan.manifest_digest && args.inventory.is_none();
        if is_other && !document.only_reaches() {
            output::warn(
                "the manifest is not the one that this plan was made from; what is applied is \
                 the plan",
            );
        }
        refuse("this is not what the plan was made for", moved(&plan, &endpoints))?;
        let reached = Reached::reach(&endpoints, plan.desired(), network).await?;
        if let Some(failure) = reached.unread() {
            return Err(failure);
        }
        refuse("this is not what the plan was made for", strangers(&plan, &reached.observed))?;
        let rehearsal = rehearse(&plan, &reached.observed);
        refuse_stale(&rehearsal.stale)?;
        let risks = rehearsal.risks;
        let selection = Selection::default();
        Ok(Self { plan, selection, reached, done: rehearsal.done, risks })
    }

    /// What the planner would be given, had the systems been read like this.
    pub(super) fn inputs<'a>(&'a self, observed: &'a Observed) -> Inputs<'a> {
        Inputs {
            desired: &self.reached.desired,
            named: &[],
            observed,
            links: &self.plan.links,
            manifest_digest: &self.plan.manifest_digest,
            selection: &self.selection,
        }
    }

    /// The steps that are left to do.
    pub(super) fn left(&self) -> impl Iterator<Item = &Step> {
        self.plan.steps.iter().filter(|step| !self.done.contains(&step.address))
    }
}

fn refuse<E: std::fmt::Display>(what: &str, reasons: Vec<E>) -> Result<(), Failure> {
    let problem = |reason: E| Problem {
        message: format!("{what}; nothing was sent: {reason}"),
        remedy: Some("make a plan for these systems with `trueup plan --out FILE`".into()),
    };
    let problems: Vec<Problem> = reasons.into_iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, problems }) }
}

/// Refuses what changed since the plan was made.
///
/// # Errors
/// Every reason, if there is one.
pub(super) fn refuse_stale(stale: &[Stale]) -> Result<(), Failure> {
    let problem = |stale: &Stale| Problem { message: sentence(stale), remedy: None };
    let mut problems: Vec<Problem> = stale.iter().map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    problems.push(Problem {
        message: "the plan does not fit the systems any more; nothing was sent".into(),
        remedy: Some("plan again, and see what it says now".into()),
    });
    Err(Failure { exit: Exit::Failed, problems })
}
