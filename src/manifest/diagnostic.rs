//! A mistake in a manifest: what is wrong, where, and what to write instead.

use super::source::Span;
use crate::model::nearest::nearest;

/// A mistake. Nothing in it holds a secret: what it quotes comes from [`Span::quoted`].
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What is wrong, in one line without the place.
    pub title: String,
    /// The place; `None` where there is no text to show, as for a file that cannot be opened.
    pub at: Option<Label>,
    /// Other places that have to do with it.
    pub others: Vec<Label>,
    /// What to write instead, a sentence or lines of YAML each.
    pub help: Vec<String>,
}

/// An underlined place, and what is said of it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said of it; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// A mistake at a place.
    pub fn at(span: &Span, title: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            at: Some(Label { span: span.clone(), text: label.into() }),
            others: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A mistake without a text to show.
    pub fn nowhere(title: impl Into<String>) -> Self {
        Self { title: title.into(), at: None, others: Vec::new(), help: Vec::new() }
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.others.push(Label { span: span.clone(), text: label.into() });
        self
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// What the order of reporting and the equality of two reports rest on.
    fn key(&self) -> (Option<(usize, usize, usize)>, &str) {
        (self.at.as_ref().map(|label| label.span.order()), &self.title)
    }
}

/// All mistakes found so far.
#[derive(Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    compared: usize,
}

/// How many names are compared with each other for suggestions: enough for a hundred typing errors
/// among a thousand names. A manifest can have thousands of unknown names and as many known ones;
/// comparing each with each would take minutes.
const MOST_COMPARED: usize = 100_000;

impl Report {
    /// Notes a mistake.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The known name that was probably meant; `None` too when very many have been compared.
    pub fn nearest<'a>(
        &mut self,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let left = MOST_COMPARED - self.compared;
        let known: Vec<&str> = known.into_iter().take(left).collect();
        self.compared += known.len();
        nearest(name, known)
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// The mistakes by file and position; one that an alias repeats is there once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by(|a, b| a.key().cmp(&b.key()));
        self.diagnostics.dedup_by(|a, b| a.key() == b.key());
        self.diagnostics
    }

    /// The value, if there is no mistake.
    ///
    /// # Errors
    /// The mistakes by file and position.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.is_empty() { Ok(value) } else { Err(self.sorted()) }
    }
}
