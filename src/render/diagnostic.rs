//! Mistakes in a manifest, as people read them: the place underlined in its line, and what to write
//! instead.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::manifest::Diagnostic;
use crate::manifest::diagnostic::Label;

/// How many diagnostics are printed: more than anybody works through in one go.
const MOST: usize = 50;

/// How long a line may be that is shown, in bytes. Longer ones are written by machines, and take
/// long to lay out.
const LONGEST_LINE: usize = 8192;

/// The diagnostics as text, with colours if it is styled; the last line counts them. Of very many,
/// the first are printed.
pub fn render(diagnostics: &[Diagnostic], styled: bool, width: usize) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut parts = Vec::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        let help: Vec<String> = diagnostic.help.iter().map(|it| wrapped(it, width)).collect();
        parts.push(renderer.render(&[group(diagnostic, &help)]));
    }
    if let Some(more) = diagnostics.len().checked_sub(MOST).filter(|more| *more > 0) {
        parts.push(format!("and {} more", with_thousands(more)));
    }
    parts.extend(count(diagnostics));
    parts.join("\n\n") + "\n"
}

/// A help, its lines no longer than they may be beside what stands before them.
fn wrapped(help: &str, width: usize) -> String {
    let beside = "   = help: ".len() + 4;
    let options = textwrap::Options::new(width.saturating_sub(beside).max(40))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(help, options)
}

/// One diagnostic: the places file by file, the place itself first.
fn group<'a>(diagnostic: &'a Diagnostic, help: &'a [String]) -> Group<'a> {
    let mut group = Group::with_title(Level::ERROR.primary_title(diagnostic.title.as_str()));
    if diagnostic.at.iter().chain(&diagnostic.others).any(is_on_long_line) {
        for label in diagnostic.at.iter().chain(&diagnostic.others).take(MOST) {
            group = group.element(origin(label));
            let text = Some(label.text.as_str()).filter(|text| !text.is_empty());
            group = group.elements(text.map(|text| Level::NOTE.message(text)));
        }
    } else if let Some(at) = &diagnostic.at {
        let source = at.span.source();
        let (here, elsewhere): (Vec<_>, Vec<_>) = diagnostic
            .others
            .iter()
            .take(MOST)
            .partition(|other| other.span.source().name() == source.name());
        let snippet = snippet(at, AnnotationKind::Primary);
        let others = here.iter().map(|other| annotation(other, AnnotationKind::Context));
        group = group.element(snippet.annotations(others));
        for other in elsewhere {
            group = group.element(self::snippet(other, AnnotationKind::Context));
        }
    }
    let help = help.iter().map(|help| Level::HELP.message(help.as_str()));
    group.elements(help)
}

/// Whether a place stands on a line that is too long to be shown.
fn is_on_long_line(label: &Label) -> bool {
    let (text, range) = (label.span.source().shown(), label.span.range());
    let before = text[..range.start].rfind('\n').map_or(range.start, |end| range.start - end);
    let after = text[range.start..].find('\n').unwrap_or(text.len() - range.start);
    before + after > LONGEST_LINE
}

/// A place without its line.
fn origin(label: &Label) -> Origin<'_> {
    let place = label.span.place();
    let origin = Origin::path(&**label.span.source().name());
    origin.line(place.line as usize).char_column(place.column as usize)
}

fn snippet(label: &Label, kind: AnnotationKind) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let source = label.span.source();
    Snippet::source(source.shown()).path(&**source.name()).annotation(annotation(label, kind))
}

fn annotation(label: &Label, kind: AnnotationKind) -> annotate_snippets::Annotation<'_> {
    let annotation = kind.span(label.span.range());
    match label.text.as_str() {
        "" => annotation,
        text => annotation.label(text),
    }
}

/// `2 errors in trueup.yaml`; nothing for the one that is in no file.
fn count(diagnostics: &[Diagnostic]) -> Option<String> {
    let mut files: Vec<&str> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.at.as_ref())
        .map(|at| &**at.span.source().name())
        .collect();
    files.sort_unstable();
    files.dedup();
    let errors = match diagnostics.len() {
        1 => "1 error".to_owned(),
        many => format!("{} errors", with_thousands(many)),
    };
    match files[..] {
        [] if diagnostics.len() == 1 => None,
        [] => Some(errors),
        [file] => Some(format!("{errors} in {file}")),
        _ => Some(format!("{errors} in {} files", files.len())),
    }
}

/// A number with a comma between its thousands: `4,046`.
fn with_thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|it| std::str::from_utf8(it).ok()).collect();
    groups.join(",")
}
