//! What replicates between these systems, or from the source to others, and is not in the
//! manifest.

use crate::init::survey::{Survey, Task};

use super::{End, can_be_written, route};

/// A line for every task that the manifest does not cover.
pub fn tasks(source: &End, destination: &End) -> Vec<String> {
    let at_source = source.survey.tasks.iter().filter_map(|task| {
        let why = if task.pulls {
            format!("fetches from {}", whereto(task, &source.survey)?)
        } else if !route::task_leads(task, source, destination) {
            format!("goes to {}", whereto(task, &source.survey)?)
        } else if !can_be_written(task) {
            "has a name that a manifest cannot hold".into()
        } else {
            return None;
        };
        Some(format!("{}: the task {:?} {why}", source.name, task.name))
    });
    let between = destination.survey.tasks.iter();
    let between = between.filter(|task| route::task_leads(task, destination, source));
    let at_destination = between.filter_map(|task| {
        let verb = if task.pulls { "fetches from" } else { "goes to" };
        let whereto = whereto(task, &destination.survey)?;
        Some(format!("{}: the task {:?} {verb} {whereto}", destination.name, task.name))
    });
    at_source.chain(at_destination).collect()
}

/// The host that a task's connection leads to, or the connection; `None` if it stays.
fn whereto(task: &Task, survey: &Survey) -> Option<String> {
    let name = task.connection.as_deref()?;
    let known = survey.connections.iter().find(|it| it.name == name);
    let host = known.and_then(|it| it.target.as_ref()).map(|it| it.host.clone());
    Some(host.unwrap_or_else(|| format!("the connection {name:?}")))
}
