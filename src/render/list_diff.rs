//! What changes in a list: the lines that come and go, two lines around each, and how many others
//! stay.

use similar::{ChangeTag, TextDiff};

/// How many unchanged lines are shown before and after a changed one.
const CONTEXT: usize = 2;

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// Only the list before has it.
    Removed(String),
    /// Only the list after has it.
    Added(String),
    /// Both have it, and it is close to one that changes.
    Context(String),
    /// So many lines that both have and that are not shown.
    Unchanged(usize),
}

/// A line that is compared as a whole, and may be shown shortened.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is compared. Two keys may look the same once they are shortened.
    pub whole: String,
    /// What is shown.
    pub shown: String,
}

/// The difference between two lists of lines; empty if both are.
pub fn diff(before: &[Line], after: &[Line]) -> Vec<DiffLine> {
    let (whole_before, whole_after) = (whole(before), whole(after));
    let diff = TextDiff::from_slices(&whole_before, &whole_after);
    let text_at = |lines: &[Line], at: Option<usize>| {
        at.and_then(|at| lines.get(at)).map(|line| line.shown.clone()).unwrap_or_default()
    };
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        push_unchanged(&mut lines, first.old_range().start - shown);
        shown = last.old_range().end;
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines.push(match change.tag() {
                ChangeTag::Delete => DiffLine::Removed(text_at(before, change.old_index())),
                ChangeTag::Insert => DiffLine::Added(text_at(after, change.new_index())),
                ChangeTag::Equal => DiffLine::Context(text_at(after, change.new_index())),
            });
        }
    }
    push_unchanged(&mut lines, before.len() - shown);
    lines
}

fn whole(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.whole.as_str()).collect()
}

fn push_unchanged(lines: &mut Vec<DiffLine>, count: usize) {
    if count > 0 {
        lines.push(DiffLine::Unchanged(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line { whole: text.to_owned(), shown: text.to_owned() }
    }

    fn numbered(numbers: impl IntoIterator<Item = usize>) -> Vec<Line> {
        numbers.into_iter().map(|number| line(&format!("key {number}"))).collect()
    }

    fn shown(before: &[Line], after: &[Line]) -> Vec<String> {
        let line = |line: DiffLine| match line {
            DiffLine::Removed(text) => format!("- {text}"),
            DiffLine::Added(text) => format!("+ {text}"),
            DiffLine::Context(text) => format!("  {text}"),
            DiffLine::Unchanged(count) => format!("… {count}"),
        };
        diff(before, after).into_iter().map(line).collect()
    }

    #[test]
    fn changed_lines_have_two_lines_of_context() {
        let before = numbered(1..=300);
        let after = numbered((1..=300).filter(|it| *it != 150).chain([301]));
        assert_eq!(
            shown(&before, &after),
            [
                "… 147",
                "  key 148",
                "  key 149",
                "- key 150",
                "  key 151",
                "  key 152",
                "… 146",
                "  key 299",
                "  key 300",
                "+ key 301",
            ]
        );
    }

    #[test]
    fn lines_that_look_the_same_shortened_still_differ() {
        let key = |whole: &str| Line { whole: whole.into(), shown: "AAAA…ZZZZ".into() };
        assert_eq!(shown(&[key("AAAA1ZZZZ")], &[key("AAAA2ZZZZ")]), ["- AAAA…ZZZZ", "+ AAAA…ZZZZ"]);
    }

    #[test]
    fn lists_without_a_difference_are_counted() {
        assert_eq!(shown(&numbered(1..=3), &numbered(1..=3)), ["… 3"]);
        assert_eq!(shown(&[], &[]), [""; 0]);
    }
}
