//! Mistakes in a manifest, as people read them: the place underlined in its line, and what to write
//! instead.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::manifest::Diagnostic;
use crate::manifest::diagnostic::Label;

/// The diagnostics as text, with colours if it is styled; the last line counts them.
pub fn render(diagnostics: &[Diagnostic], styled: bool, width: usize) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut parts = Vec::new();
    for diagnostic in diagnostics {
        let help: Vec<String> = diagnostic.help.iter().map(|it| wrapped(it, width)).collect();
        parts.push(renderer.render(&[group(diagnostic, &help)]));
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
    if let Some(at) = &diagnostic.at {
        let source = at.span.source();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            diagnostic.others.iter().partition(|other| other.span.source().name() == source.name());
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
        many => format!("{many} errors"),
    };
    match files[..] {
        [] if diagnostics.len() == 1 => None,
        [] => Some(errors),
        [file] => Some(format!("{errors} in {file}")),
        _ => Some(format!("{errors} in {} files", files.len())),
    }
}
