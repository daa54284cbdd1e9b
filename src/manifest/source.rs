//! A file's text, and places in it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::model::Place;

/// A file of the manifest. Two texts of the same length: what stands in it, and what may be shown
/// of it, in which every byte of a secret is a `*`.
pub struct Source {
    name: Arc<str>,
    order: usize,
    text: String,
    shown: String,
    /// Where each line begins, but the first.
    lines: Vec<usize>,
    /// How many characters begin before each [`STRIDE`] of bytes: columns of a long line are
    /// found without reading it from its beginning.
    characters: Vec<usize>,
}

/// The bytes between two known counts of characters.
const STRIDE: usize = 1024;

impl Source {
    /// A file, its place among the others, and the byte ranges of it that are never shown.
    pub fn new(name: &str, order: usize, text: String, secrets: &[Range<usize>]) -> Self {
        let shown = masked(&text, secrets);
        let lines = text.match_indices('\n').map(|(end, _)| end + 1).collect();
        let chunks = text.as_bytes().chunks(STRIDE).scan(0, |characters, chunk| {
            *characters += starts(chunk);
            Some(*characters)
        });
        let characters = std::iter::once(0).chain(chunks).collect();
        Self { name: name.into(), order, text, shown, lines, characters }
    }

    /// How many characters begin before a byte.
    fn characters_before(&self, byte: usize) -> usize {
        let chunk = byte / STRIDE;
        self.characters[chunk] + starts(&self.text.as_bytes()[chunk * STRIDE..byte])
    }

    /// The file as it was named on the command line.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The text with its secrets masked, byte for byte as long as the file.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

/// How many characters begin in these bytes.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// The text with a `*` for every byte of these ranges but line ends and the space behind. What
/// several ranges share is masked once, so many that overlap cost no more than the text is long.
fn masked(text: &str, secrets: &[Range<usize>]) -> String {
    let mut shown = text.to_owned().into_bytes();
    let mut ranges: Vec<&Range<usize>> = secrets.iter().collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut done = 0;
    for range in ranges {
        let from = range.start.max(done);
        let secret = text.get(from..range.end).map_or(0, |secret| secret.trim_end().len());
        for byte in shown.iter_mut().skip(from).take(secret) {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
        done = done.max(from + secret);
    }
    // Only whole characters were replaced, so this is UTF-8.
    String::from_utf8(shown).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// A stretch of a file.
#[derive(Clone)]
pub struct Span {
    source: Arc<Source>,
    range: Range<usize>,
}

impl Span {
    /// A stretch given in bytes, moved onto character boundaries and shortened to the text.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let boundary = |mut at: usize| {
            at = at.min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(range.start);
        let end = boundary(range.end).max(start);
        let end = start + source.text[start..end].trim_end().len();
        Self { source: Arc::clone(source), range: start..end }
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The bytes.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// What is written there, secrets included: for reading it, never for a message.
    pub fn text(&self) -> &str {
        &self.source.text[self.range.clone()]
    }

    /// What is written there as a message may quote it: secrets masked, one line, short.
    pub fn quoted(&self) -> String {
        const LONGEST: usize = 48;
        let line = self.source.shown[self.range.clone()].lines().next().unwrap_or_default();
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        }
    }

    /// Its first character's position.
    pub fn place(&self) -> Place {
        let Source { name, lines, .. } = &*self.source;
        let line = lines.partition_point(|start| *start <= self.range.start);
        let start = line.checked_sub(1).map_or(0, |before| lines[before]);
        let before = self.source.characters_before(self.range.start);
        let column = before - self.source.characters_before(start) + 1;
        Place {
            file: Arc::clone(name),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// What sorts spans by file, in the order in which the files were given, and position.
    pub fn order(&self) -> (usize, usize, usize) {
        (self.source.order, self.range.start, self.range.end)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = self.place();
        write!(f, "{file}:{line}:{column}")
    }
}

/// A value and where it is written.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}
