//! Whatever is done to a manifest, it is read or refused, and no secret comes back.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::parse;
use crate::render::diagnostic::render;

const EXAMPLES: [&str; 4] = [
    include_str!("../../../examples/documented.yaml"),
    include_str!("../../../examples/least-privilege.yaml"),
    include_str!("../../../examples/quickstart.yaml"),
    include_str!("../../../examples/spine.yaml"),
];

/// Pieces that mean something to YAML, or to a manifest.
const PIECES: [&str; 34] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "- ",
    "#",
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
    "\u{0}",
    "\u{feff}",
    "---\n",
    "...\n",
    "%",
    "? ",
];

/// What may be done to a text.
#[derive(Clone, Debug)]
enum Edit {
    /// Cut a stretch out.
    Cut(Index, usize),
    /// Put a piece in.
    Insert(Index, &'static str),
    /// Repeat a line elsewhere.
    Copy(Index, Index),
    /// Replace the value of a line.
    Replace(Index, &'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        (any::<Index>(), select(&PIECES[..])).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Copy(from, to)),
        (any::<Index>(), select(&PIECES[..])).prop_map(|(at, piece)| Edit::Replace(at, piece)),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match edit {
        Edit::Cut(at, length) => {
            let at = at.index(chars.len() + 1);
            chars[..at].iter().chain(chars.iter().skip(at + length)).collect()
        }
        Edit::Insert(at, piece) => {
            let at = at.index(chars.len() + 1);
            chars[..at].iter().copied().chain(piece.chars()).chain(chars[at..].to_vec()).collect()
        }
        Edit::Copy(from, to) => {
            if !lines.is_empty() {
                let line = lines[from.index(lines.len())].clone();
                lines.insert(to.index(lines.len()), line);
            }
            lines.join("\n") + "\n"
        }
        Edit::Replace(at, piece) => {
            if !lines.is_empty() {
                let line = at.index(lines.len());
                let key = lines[line].split_inclusive(": ").next().unwrap_or_default().to_owned();
                lines[line] = key + piece;
            }
            lines.join("\n") + "\n"
        }
    }
}

/// An example after some edits.
fn mutated() -> impl Strategy<Value = String> {
    (select(&EXAMPLES[..]), prop::collection::vec(edit(), 0..6)).prop_map(|(example, edits)| {
        edits.iter().fold(example.to_owned(), |text, edit| apply(&text, edit))
    })
}

/// A secret, and a line of a manifest that holds it.
fn secret() -> impl Strategy<Value = (String, String)> {
    let api_key =
        ("[1-9][0-9]{0,2}", "[A-Za-z0-9]{64}").prop_map(|(id, key)| format!("{id}-{key}"));
    let plain = "[a-z]{5}[A-Z]{5}[0-9]{5}";
    let by_form = (api_key, select(&["username: ", "- ", "", "comments: see ", "# ", "x: \""][..]))
        .prop_map(|(secret, before)| (secret.clone(), format!("{before}{secret}")));
    const NAMES: [&str; 6] =
        ["api_key: ", "password: ", "api_key: '", "token: \"", "private_key: ", "secret: >\n  "];
    let by_name = (plain, select(&NAMES[..]))
        .prop_map(|(secret, before)| (secret.clone(), format!("{before}{secret}")));
    let url = plain.prop_map(|secret| (secret.clone(), format!("url: https://u:{secret}@nas")));
    prop_oneof![by_form, by_name, url]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn reading_never_panics(text in mutated()) {
        match parse(&text) {
            Ok(document) => drop(document.lower(&|name| Some(format!("https://{name}")))),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                let last = render(&errors, true, 120).lines().last().unwrap_or_default().to_owned();
                prop_assert!(last.contains("error"), "{last}");
            }
        }
    }

    #[test]
    fn a_planted_secret_never_comes_back(
        text in mutated(),
        (secret, line) in secret(),
        at in any::<Index>(),
        indent in 0..4_usize,
    ) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.insert(at.index(lines.len() + 1), "  ".repeat(indent) + &line);
        let shown = match parse(&(lines.join("\n") + "\n")) {
            Ok(document) => format!("{:?}", document.lower(&|_| None).map_err(|it| render(&it, false, 120))),
            Err(errors) => format!("{}{errors:?}", render(&errors, false, 120)),
        };
        prop_assert!(!shown.contains(&secret), "{shown}");
    }
}
