//! Which part may know which, and that no two know each other. Paths are parsed and resolved as the
//! compiler resolves them: `crate::`, `self::`, `super::`, and names of modules beside. That the
//! simulator knows nothing of the product is the compiler's business: it is a package of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

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

/// A module's path below the crate: `["kinds", "user", "home"]`.
type Module = Vec<String>;

/// The modules that each module names.
type Uses = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn parts_know_only_what_they_may() {
    let uses = uses();
    for (part, may) in MAY_KNOW {
        let of_part = uses.iter().filter(|(module, _)| module.first().is_some_and(|it| it == part));
        let named = of_part.flat_map(|(_, named)| named).filter_map(|it| it.first());
        let forbidden: BTreeSet<&String> =
            named.filter(|it| *it != part && !may.contains(&it.as_str())).collect();
        assert!(forbidden.is_empty(), "`{part}` knows {forbidden:?}");
    }
}

#[test]
fn no_two_modules_know_each_other() {
    let mut beside: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, named) in
        uses().iter().flat_map(|(module, all)| all.iter().map(move |it| (module, it)))
    {
        let shared = module.iter().zip(named).take_while(|(one, other)| one == other).count();
        if let (Some(one), Some(other)) = (module.get(shared), named.get(shared)) {
            let folder = beside.entry(module[..shared].to_vec()).or_default();
            folder.entry(one.clone()).or_default().insert(other.clone());
        }
    }
    for (folder, graph) in beside {
        let circle = graph.keys().find(|it| reaches(&graph, it, it, &mut BTreeSet::new()));
        assert_eq!(circle, None, "in `{}`, on a circle: {graph:#?}", folder.join("::"));
    }
}

/// Whether one module leads to another, over at least one step.
fn reaches<'a>(
    graph: &'a BTreeMap<String, BTreeSet<String>>,
    from: &str,
    to: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    let next = graph.get(from).into_iter().flatten();
    next.into_iter().any(|it| it == to || (seen.insert(it) && reaches(graph, it, to, seen)))
}

/// What every module of the product names, but for its unit tests.
fn uses() -> Uses {
    let mut files = BTreeMap::new();
    collect(&repository("src"), &Vec::new(), &mut files);
    let modules: BTreeSet<&Module> = files.keys().collect();
    let of = |(module, text): (&Module, &String)| {
        let mut names = Names { module, modules: &modules, named: BTreeSet::new() };
        let file = syn::parse_file(text).expect("Rust");
        names.visit_file(&file);
        names.named.remove(module);
        (module.clone(), names.named)
    };
    files.iter().map(of).collect()
}

/// The sources below a folder, by their modules.
fn collect(folder: &Path, module: &Module, files: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let is_crate_of_its_own = module.is_empty() && ["sim", "main"].contains(&name.as_str());
        if is_crate_of_its_own || name == "tests" {
            continue;
        }
        let mut below = module.clone();
        if !["mod", "lib"].contains(&name.as_str()) {
            below.push(name);
        }
        if path.is_dir() {
            collect(&path, &below, files);
        } else {
            files.insert(below, std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// Collects the modules that a file names.
struct Names<'a> {
    module: &'a Module,
    modules: &'a BTreeSet<&'a Module>,
    named: BTreeSet<Module>,
}

impl Names<'_> {
    /// Notes the module that a path leads into, if it leads into one.
    fn note(&mut self, path: &[String]) {
        let mut module: Module = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            // A name that is in scope may be that of a module below.
            Some(first) if self.is_below(first) => self.module.clone(),
            _ => return,
        };
        for name in path {
            match name.as_str() {
                "crate" | "self" => {}
                "super" => {
                    module.pop();
                }
                name => {
                    module.push(name.to_owned());
                    if !self.modules.contains(&module) {
                        module.pop();
                        break;
                    }
                }
            }
        }
        self.named.insert(module);
    }

    fn is_below(&self, name: &str) -> bool {
        let below = self.module.iter().cloned().chain([name.to_owned()]).collect::<Module>();
        self.modules.contains(&below)
    }

    fn note_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.note_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Name(name) => {
                self.note(&[before.as_slice(), &[name.ident.to_string()]].concat())
            }
            UseTree::Rename(it) => {
                self.note(&[before.as_slice(), &[it.ident.to_string()]].concat())
            }
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => {
                group.items.iter().for_each(|it| self.note_tree(before, it));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Mod(module) if is_for_tests(&module.attrs) => {}
            Item::Use(it) => self.note_tree(&mut Vec::new(), &it.tree),
            other => visit::visit_item(self, other),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        self.note(&names);
        visit::visit_path(self, path);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |it: &Attribute| {
        it.path().is_ident("cfg")
            && it.parse_args::<syn::Path>().is_ok_and(|it| it.is_ident("test"))
    };
    attributes.iter().any(is_test)
}
