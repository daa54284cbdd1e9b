//! What trueup writes for itself is read back as the same: `init`'s manifests, and texts in YAML.

use std::path::Path;

use super::choices::{Choices, TEXTS};
use super::laws;
use super::manifest::{environment, parse};
use super::replies::changed_answers;
use crate::cli::init::Side;
use crate::cli::init::ends::ends;
use crate::init::survey::{decode, reads};
use crate::init::write::write;
use crate::init::{Known, choose};
use crate::model::visible::is_visible;
use crate::model::yaml::scalar;
use crate::model::{Address, Endpoint, KeySource, Trust};
use crate::render::diagnostic::render;

/// Writes the manifest of two systems that answer what the input makes of the recorded answers.
pub fn roundtrip(input: &[u8]) {
    let mut choices = Choices::new(input);
    check_scalar(&choices.text(6, &TEXTS));
    let answers = changed_answers(&mut choices);
    let survey = |system: &str| decode::decode(&answers.replies_to(system, reads::all()));
    let (Ok(source), Ok(destination)) = (survey("boston"), survey("chicago")) else { return };
    laws::holds_no_secret(&format!("{source:?}{destination:?}"));
    let hosts = ["boston.example.net", "10.0.0.1", "localhost", "127.0.0.1", "::1"];
    let sides = [
        side("source", choices.pick(&hosts), choices.once_in(2).then_some("boston")),
        side("destination", choices.pick(&["chicago.lan", "10.0.0.2", "localhost"]), None),
    ];
    let ends = ends(&sides, [source, destination], Path::new("trueup.yaml"), &Known::default());
    let draft = choose(&ends[0], &ends[1], &|name| name == "taken");
    draft.warnings.iter().for_each(|warning| laws::holds_no_secret(warning));
    let text = write(&draft);
    laws::check_shown(&text);
    laws::holds_no_secret(&text);
    let document = parse(&text).unwrap_or_else(|it| panic!("{}\n{text}", render(&it, false, 100)));
    let manifest = document.lower(&environment);
    let manifest = manifest.unwrap_or_else(|it| panic!("{}\n{text}", render(&it, false, 100)));
    let names: Vec<&String> = manifest.replications.keys().collect();
    let mut drafted: Vec<&String> = draft.replications.iter().map(|it| &it.name.value).collect();
    drafted.sort();
    assert_eq!(names, drafted, "{text}");
    for system in &draft.systems {
        for dataset in &system.datasets {
            let address = Address::new(&system.name, "dataset", &dataset.name);
            assert!(manifest.resources.contains_key(&address), "{address}: {text}");
        }
        for admin in &system.admins {
            let address = Address::new(&system.name, "user", &admin.name.value);
            assert!(manifest.resources.contains_key(&address), "{address}: {text}");
        }
    }
}

/// A system as the command line names it.
fn side(flag: &'static str, host: &str, label: Option<&str>) -> Side {
    let authority = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Side {
        flag,
        label: label.map(Into::into),
        host: host.into(),
        endpoint: Endpoint {
            system: label.unwrap_or(flag).into(),
            // Two systems behind one address have two ports.
            url: format!("https://{authority}:{}", 4000 + flag.len()),
            username: "truenas_admin".into(),
            api_key: KeySource::Env("KEY".into()),
            trust: Trust::Roots,
            place: None,
        },
    }
}

/// A text in YAML is seen as it is and read as it was, in brackets and outside of them.
fn check_scalar(text: &str) {
    let written = scalar(text);
    assert!(is_visible(&written), "{written}");
    let read: Result<Vec<String>, _> = serde_yaml::from_str(&format!("[{written}, {written}]"));
    assert_eq!(read.ok().as_deref(), Some(&[text.to_owned(), text.to_owned()][..]), "{written}");
    let read: Result<std::collections::BTreeMap<String, String>, _> =
        serde_yaml::from_str(&format!("{written}: {written} # note\n"));
    assert_eq!(
        read.ok().and_then(|map| map.get(text).cloned()).as_deref(),
        Some(text),
        "{written}"
    );
}
