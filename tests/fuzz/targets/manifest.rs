//! Whatever stands in a manifest, it is read or refused, and what it desires can be planned.

use super::answers::Answers;
use super::choices::Choices;
use super::grammar;
use super::laws::{self, SECRET};
use crate::manifest::files::Text;
use crate::manifest::{self, Diagnostic, Document, Manifest};
use crate::render::diagnostic::render;

/// How far a text got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was refused while it was read or checked.
    Reading,
    /// It was right in itself and reached lowering.
    Lowering,
}

/// Reads the manifest that the input makes.
pub fn manifest(input: &[u8]) {
    read_and_plan(&text_of(input));
}

/// Reads a text and checks the laws on the way.
pub fn read_and_plan(text: &str) -> Reached {
    let document = match parse(text) {
        Ok(document) => document,
        Err(diagnostics) => {
            check_diagnostics(&diagnostics);
            return Reached::Reading;
        }
    };
    let second = parse(text).expect("the same text must be read in the same way");
    assert_eq!(document.digest(), second.digest());
    match document.lower(&environment) {
        Ok(manifest) => {
            let other = second.lower(&environment);
            assert!(other.is_ok_and(|other| other == manifest), "it is lowered in two ways");
            check_lowered(&manifest);
        }
        Err(diagnostics) => check_diagnostics(&diagnostics),
    }
    Reached::Lowering
}

/// The document that a text is.
pub fn parse(text: &str) -> Result<Document, Vec<Diagnostic>> {
    manifest::parse(vec![Text { name: "trueup.yaml".into(), text: text.into() }])
}

/// The environment that every manifest is lowered in.
pub fn environment(name: &str) -> Option<String> {
    let value = match name {
        "BOSTON_URL" => "https://boston.example.net",
        "CHICAGO_URL" => "https://chicago.example.net",
        "DENVER_URL" => "https://denver.example.net",
        "HOST" => "10.0.0.1",
        "USERNAME" | "BOSTON_USERNAME" | "CHICAGO_USERNAME" => "trueup",
        "FILE" => "ca.pem",
        "SHA256" | "BOSTON_TLS_SHA256" | "CHICAGO_TLS_SHA256" => return Some("ab".repeat(32)),
        _ => return None,
    };
    Some(value.into())
}

/// The text of an input: as it is if it begins with a letter or a comment, else made by the grammar
/// and changed a little once in a while.
pub fn text_of(input: &[u8]) -> String {
    if input.first().is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'#') {
        return String::from_utf8_lossy(input).into_owned();
    }
    let mut choices = Choices::new(input.get(1..).unwrap_or_default());
    let mut text = grammar::manifest(&mut choices);
    if choices.once_in(8) {
        for _ in 0..=choices.below(4) {
            text = edit(&text, &mut choices);
        }
    }
    text
}

/// Pieces that mean something to YAML or to a manifest, and a secret by its name and by its form.
const PIECES: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "- ",
    " #",
    "\n",
    "\t",
    "  ",
    "'",
    "\"",
    "|\n",
    ">\n",
    "&a ",
    "*a",
    "<<: *a",
    "!x ",
    "~",
    "null",
    "true",
    "0o7",
    "99999999999999999999",
    ".nan",
    "é",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "---\n",
    "...\n",
    "%",
    "? ",
    SECRET,
    "\npassword: canary-5ecret\n",
];

fn edit(text: &str, choices: &mut Choices<'_>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = choices.below(lines.len());
    match choices.below(4) {
        0 => {
            let copied = lines[choices.below(lines.len())].clone();
            lines.insert(at, copied);
        }
        1 => drop(lines.remove(at)),
        2 => {
            let key = lines[at].split_inclusive(": ").next().unwrap_or_default().to_owned();
            lines[at] = key + choices.pick(&PIECES);
        }
        _ => {
            let column = choices.below(lines[at].chars().count() + 1);
            let (before, after): (Vec<_>, Vec<_>) =
                lines[at].chars().enumerate().partition(|(position, _)| *position < column);
            let text = |part: Vec<(usize, char)>| part.into_iter().map(|it| it.1).collect();
            lines[at] = [text(before), choices.pick(&PIECES).to_owned(), text(after)].concat();
        }
    }
    lines.join("\n") + "\n"
}

/// At most fifty mistakes are printed, and nothing in them is secret.
pub fn check_diagnostics(diagnostics: &[Diagnostic]) {
    assert!(!diagnostics.is_empty(), "it is refused without a reason");
    let printed = render(diagnostics, false, 120);
    let errors = printed.lines().filter(|line| line.starts_with("error")).count();
    assert!((1..=50).contains(&errors), "{errors} are printed: {printed}");
    laws::holds_no_api_key(&printed);
    laws::holds_no_api_key(&format!("{diagnostics:?}"));
    assert!(printed.lines().last().is_some_and(|line| line.contains("error")), "{printed}");
}

fn check_lowered(manifest: &Manifest) {
    laws::holds_no_api_key(&format!("{manifest:?}"));
    for (address, want) in &manifest.resources {
        assert_eq!(*address, want.address, "a resource is desired by another address");
        assert_eq!(address.to_string().parse().as_ref(), Ok(address));
        laws::lists_are_of_single_lines(want);
    }
    let observed = Answers::nothing_there().observe(manifest, &manifest.resources);
    laws::check_plan_of(manifest, &manifest.resources, &observed);
}
