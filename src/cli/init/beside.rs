//! The other files of the manifest's folder: together with what is written they are one manifest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure};
use crate::init::Known;
use crate::manifest::diagnostic::Report;
use crate::manifest::{self, files};

use super::refused;

/// The manifest that is in the folder already.
#[derive(Default)]
pub(super) struct Beside {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// What they say.
    pub known: Known,
}

impl Beside {
    /// The manifest in the folder of this file, without the file itself. If there is none, or an
    /// invalid one, there is nothing to extend.
    pub(super) fn of(out: &Path) -> Self {
        if out == Path::new("-") {
            return Self::default();
        }
        let folder = out.parent().filter(|it| !it.as_os_str().is_empty());
        let found = files::files_of(folder.unwrap_or(Path::new(".")), &mut Report::default());
        let others = found.into_iter().filter(|it| it.file_name() != out.file_name());
        let files: Vec<PathBuf> = others
            .filter(|it| is_manifest(it))
            .map(|it| it.strip_prefix(".").map(Path::to_path_buf).unwrap_or(it))
            .collect();
        let Some(document) = manifest::load(&files).ok().filter(|_| !files.is_empty()) else {
            return Self::default();
        };
        let declared = document.declared();
        let env = |name: &str| std::env::var(name).ok();
        let endpoint = |name: &String| document.endpoints(&BTreeSet::from([name.clone()]), &env);
        let endpoints = declared.systems.iter().filter_map(|it| endpoint(it).ok()).flatten();
        let endpoints = endpoints.collect();
        Self { files, known: Known { declared, endpoints } }
    }

    /// Refuses a pair that the manifest replicates already.
    pub(super) fn refuse_again(&self, source: &str, destination: &str) -> Result<(), Failure> {
        let pair = (source.to_owned(), destination.to_owned());
        let all = &self.known.declared.replications;
        let Some((name, _)) = all.iter().find(|(_, ends)| **ends == pair) else { return Ok(()) };
        let message =
            format!("{} replicates `{source}` to `{destination}` already: `{name}`", self.shown());
        Err(Failure::new(Exit::Usage, message).remedy(
            "Nothing was contacted. `--out -` prints a new manifest of both, `--out FILE` in \
             another folder writes it there.",
        ))
    }

    /// Checks that what is written and the other files are one manifest.
    pub(super) fn check(&self, out: &Path, text: &str) -> Result<(), Failure> {
        let mut texts = files::read(None, &self.files, &mut Report::default());
        texts.push(files::Text { name: out.display().to_string(), text: text.into() });
        let problem =
            format!("this makes no valid manifest with {}; nothing was written", self.shown());
        let remedy =
            "`--out -` prints a manifest of its own, `--out FILE` in another folder writes one.";
        manifest::parse(texts).map_err(|it| refused(it, &problem, remedy)).map(drop)
    }

    /// Its files as a sentence has them.
    pub(super) fn shown(&self) -> String {
        let names: Vec<String> = self.files.iter().map(|it| it.display().to_string()).collect();
        crate::model::nearest::listed(names.iter().map(String::as_str))
    }
}

/// Whether a file says that it is a manifest.
fn is_manifest(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("version:") && (has("systems:") || has("replications:"))
}
