//! Which part may know which: read from the sources' own `crate::` paths. That the simulator knows
//! nothing of the product is the compiler's business: it is a package of its own.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::repository;

/// The parts, and what each may know beside itself.
const MAY_KNOW: [(&str, &[&str]); 13] = [
    ("model", &[]),
    ("truenas_wire", &["model"]),
    ("kinds", &["model", "truenas_wire"]),
    ("manifest", &["model"]),
    ("truenas_client", &["model", "truenas_wire"]),
    ("link", &["kinds", "model", "truenas_wire"]),
    ("plan", &["kinds", "link", "model", "truenas_wire"]),
    ("observe", &["kinds", "model", "truenas_client", "truenas_wire"]),
    ("blame", &["kinds", "model", "observe", "plan", "truenas_client", "truenas_wire"]),
    ("apply", &["kinds", "link", "model", "observe", "plan", "truenas_client", "truenas_wire"]),
    ("render", &["apply", "link", "manifest", "model", "plan", "truenas_client", "truenas_wire"]),
    ("init", &["kinds", "manifest", "model", "truenas_client", "truenas_wire"]),
    (
        "cli",
        &[
            "apply",
            "blame",
            "init",
            "kinds",
            "manifest",
            "model",
            "observe",
            "plan",
            "render",
            "truenas_client",
            "truenas_wire",
        ],
    ),
];

#[test]
fn parts_know_only_what_they_may() {
    for (part, may) in MAY_KNOW {
        let mut known = BTreeSet::new();
        let folder = repository("src").join(part);
        let file = folder.with_extension("rs");
        read(&if folder.is_dir() { folder } else { file }, &mut known);
        known.remove(part);
        let forbidden: Vec<&String> =
            known.iter().filter(|it| !may.contains(&it.as_str())).collect();
        assert!(forbidden.is_empty(), "`{part}` knows {forbidden:?}");
    }
}

/// Collects the parts that the sources below a path name. Unit tests may look further.
fn read(path: &Path, known: &mut BTreeSet<String>) {
    if path.is_dir() {
        let tests = path.file_name().is_some_and(|name| name == "tests");
        for entry in std::fs::read_dir(path).expect("a folder").filter(|_| !tests) {
            read(&entry.expect("an entry").path(), known);
        }
        return;
    }
    let text = std::fs::read_to_string(path).expect("a source");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    for rest in code.split("crate::").skip(1) {
        let name: String =
            rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        known.insert(name);
    }
}
