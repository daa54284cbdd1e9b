//! Links among the files that stand beside an inventory. Those files may come from anybody, and an
//! error shows lines of what it is about: a link would show lines of whatever it leads to.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// A file of the manifest is, or lies behind, a link that leads away.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is a link to `{}`", link.display(), target.display())]
pub struct ForeignLink {
    link: PathBuf,
    target: PathBuf,
}

/// Refuses a `file` that is read for the `given` path, itself or a folder, if a link is in its way.
/// In a folder links may lead to others of its files, as those of a Kubernetes volume do.
///
/// # Errors
/// The first link that leads away.
pub fn refuse_foreign(given: &Path, file: &Path) -> Result<(), ForeignLink> {
    let folder = (file != given).then_some(given);
    let link = components(given).find(|path| path.is_symlink());
    let link = link.or_else(|| {
        folder.filter(|folder| file.is_symlink() && !stays_within(folder, file)).map(|_| file)
    });
    match link {
        Some(link) => Err(ForeignLink {
            link: link.to_owned(),
            target: std::fs::read_link(link).unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// The path and the folders that lead to it from the working directory. Elsewhere only the path
/// itself: how a machine is set up is its owner's business.
fn components(given: &Path) -> impl Iterator<Item = &Path> {
    let here = std::env::current_dir().unwrap_or_default();
    let is_here = given.is_relative() || given.starts_with(&here);
    given
        .ancestors()
        .take_while(move |path| !path.as_os_str().is_empty() && *path != here)
        .take(if is_here { usize::MAX } else { 1 })
}

/// Whether a link leads to a file of the folder that is not hidden, as `.git/config` is. The hidden
/// folders of a Kubernetes volume begin with two dots.
fn stays_within(folder: &Path, link: &Path) -> bool {
    let (Ok(folder), Ok(target)) = (folder.canonicalize(), link.canonicalize()) else {
        return false;
    };
    let is_hidden = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name.starts_with(b".") && !name.starts_with(b"..")
    };
    target.strip_prefix(folder).is_ok_and(|below| {
        !below.components().any(|it| matches!(it, Component::Normal(name) if is_hidden(name)))
    })
}
