//! What is wrong with the arguments of a call, as TrueNAS lists it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::secret::masked;

/// One thing that is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which argument, by the server's own name: `pool_dataset_create.name`.
    pub attribute: Option<String>,
    /// What is wrong with it.
    pub message: String,
    /// Its errno.
    pub errno: Option<i64>,
}

/// The violations in `extra`: `[[attribute, message, errno], …]`, or something else's extra.
pub(super) fn violations(extra: &Value) -> Vec<Violation> {
    let entries = extra.as_array().map(Vec::as_slice).unwrap_or_default();
    let violation = |entry: &Value| match entry.as_array()?.as_slice() {
        [attribute, Value::String(message), errno] => Some(Violation {
            attribute: attribute.as_str().map(|it| masked(it).into_owned()),
            message: masked(message).into_owned(),
            errno: errno.as_i64(),
        }),
        _ => None,
    };
    entries.iter().map(violation).collect::<Option<_>>().unwrap_or_default()
}

/// The violations of the one branch that was meant, where an argument is one of several models:
/// the server complains about every model that it might have been. The models' own names
/// (`data.PoolDatasetCreateFilesystem.name`) are left out: nobody wrote them.
pub(super) fn fitting(violations: &[Violation]) -> Vec<Violation> {
    // Per argument and model: how badly it fits. One whose `type` is wrong was not meant.
    let mut misfits: BTreeMap<&str, BTreeMap<&str, (bool, usize)>> = BTreeMap::new();
    for violation in violations {
        if let Some((before, model, after)) = model_in(violation) {
            let (wrong_type, count) =
                misfits.entry(before).or_default().entry(model).or_insert((false, 0));
            *wrong_type |= after == "type";
            *count += 1;
        }
    }
    let meant: BTreeSet<(&str, &str)> = misfits
        .iter()
        .filter_map(|(before, models)| {
            let (model, _) = models.iter().min_by_key(|(_, misfit)| **misfit)?;
            Some((*before, *model))
        })
        .collect();
    let mut seen = BTreeSet::new();
    violations
        .iter()
        // How the server tells an argument that was left out; nobody can write one.
        .filter(|violation| {
            !violation.attribute.as_deref().is_some_and(|a| a.contains("_NotRequired"))
        })
        .filter_map(|violation| match model_in(violation) {
            None => Some(violation.clone()),
            Some((before, model, after)) => meant.contains(&(before, model)).then(|| Violation {
                attribute: Some(format!("{before}.{after}")),
                ..violation.clone()
            }),
        })
        .map(without_alternative)
        .filter(|violation| seen.insert((violation.attribute.clone(), violation.message.clone())))
        .collect()
}

/// `atime.literal['ON','OFF']` is `atime`: the alternatives stand in the message.
fn without_alternative(violation: Violation) -> Violation {
    let attribute = violation.attribute.map(|path| match path.split_once(".literal[") {
        Some((path, _)) => path.to_owned(),
        None => path,
    });
    Violation { attribute, ..violation }
}

/// An attribute's path before, at and behind the name of a model within it. Models are classes,
/// named in camel case; no argument is.
fn model_in(violation: &Violation) -> Option<(&str, &str, &str)> {
    let path = violation.attribute.as_deref()?;
    let mut start = 0;
    for part in path.split('.') {
        let class = part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.contains(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric());
        let end = start + part.len();
        if class && start > 0 {
            return Some((path.get(..start - 1)?, part, path.get(end + 1..)?));
        }
        start = end + 1;
    }
    None
}
