//! A page that does not grow beyond what a comment may hold: what does not fit is counted, and
//! the end says what was left out.

use std::fmt::Display;

/// What a comment may hold: 65,536 characters on GitHub, 1,000,000 on GitLab. Bytes are counted,
/// which are never fewer.
pub const LIMIT: usize = 65_536;
/// What is kept free for the ends of blocks and for the note on what was left out.
const RESERVE: usize = 2_048;

/// A page of Markdown while it is written.
#[derive(Debug)]
pub struct Page {
    text: String,
    left_out: Vec<String>,
}

impl Page {
    /// A page that begins with an HTML comment, by which a bot finds the comment that it wrote
    /// before: `<!-- trueup:plan -->`.
    pub fn new(document: &str) -> Self {
        Self { text: format!("<!-- trueup:{document} -->\n"), left_out: Vec::new() }
    }

    /// A line, or several; for what is always there and short.
    pub fn line(&mut self, line: impl Display) {
        self.text += &format!("{line}\n");
    }

    /// Whether a text still fits.
    fn fits(&self, bytes: usize) -> bool {
        self.text.len() + bytes + RESERVE <= LIMIT
    }

    /// As many of the rows as fit between the head and the tail, which are lines too. `what` the
    /// rows are, in the plural: `steps of the table`. Whether any row is there, and so the ends.
    pub fn rows(&mut self, what: &str, head: &str, rows: &[String], tail: &str) -> bool {
        let ends = head.len() + tail.len() + 2;
        let mut bytes = ends;
        let fitting = rows.iter().take_while(|row| {
            bytes += row.len() + 1;
            self.fits(bytes)
        });
        let fitting = fitting.count();
        if fitting < rows.len() {
            self.left_out.push(format!("{} of {} {what}", rows.len() - fitting, rows.len()));
        }
        if fitting == 0 {
            return false;
        }
        let lines = [head].into_iter().chain(rows[..fitting].iter().map(String::as_str));
        for line in lines.chain([tail]).filter(|line| !line.is_empty()) {
            self.text += line;
            self.text.push('\n');
        }
        true
    }

    /// The page; `whole` says where everything is to be had.
    pub fn finish(mut self, whole: &str) -> String {
        if !self.left_out.is_empty() {
            let left_out = self.left_out.join(", ");
            self.text +=
                &format!("\n**Left out, since a comment holds no more:** {left_out}. {whole}\n");
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_within_its_limit_and_says_what_is_missing() {
        let mut page = Page::new("test");
        let rows: Vec<String> = (0..10_000).map(|at| format!("- row {at}")).collect();
        page.rows("rows", "head", &rows, "tail");
        page.rows("more rows", "second head", &rows[..3], "tail");
        let text = page.finish("Everything is in the log.");
        assert!(text.len() < LIMIT, "{}", text.len());
        let shown = text.matches("- row ").count();
        assert!(text.contains(&format!("{} of 10000 rows", 10_000 - shown)), "{text}");
        assert!(text.contains("3 of 3 more rows") || text.contains("second head"));
    }
}
