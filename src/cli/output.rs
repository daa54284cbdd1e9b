//! What goes where: stdout is the result, stderr is progress, errors and logs.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::model::secret::masked;
use crate::model::visible::{visible_layout, visible_lines};
use crate::render::style::{CHANGE, HEADING, Painted, REMOVE, paragraphs};

use super::{Color, Exit, Failure, workflow};

/// Decides whether colour is used, for stdout and stderr each.
pub(super) fn set_color(color: Color) {
    let choice = match color {
        Color::Auto if is_dumb_terminal() => anstream::ColorChoice::Never,
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether the terminal shows escape sequences as they are. Whether this runs in CI, and
/// `CLICOLOR`, do not matter then; `CLICOLOR_FORCE` insists.
pub(super) fn is_dumb_terminal() -> bool {
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    std::env::var_os("TERM").is_some_and(|term| term == "dumb") && !forced
}

/// Whether colors are used on stderr.
fn has_color_on_stderr() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

static QUIET: AtomicBool = AtomicBool::new(false);

/// Decides whether anything is said while all is well.
pub(super) fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether nothing is said while all is well.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Sends logs to stderr, if they were asked for.
///
/// # Errors
/// A filter that is none.
pub(super) fn start_log(filter: Option<&str>) -> Result<(), Failure> {
    let Some(filter) = filter else { return Ok(()) };
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| {
        Failure::new(Exit::Usage, format!("`--log {filter}` is no filter: {error}")).remedy(
            "write a level, `info` or `debug`, or one for a part: `trueup::truenas_client=debug`",
        )
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| LogWriter);
    let _ = log.with_ansi(has_color_on_stderr()).try_init();
    Ok(())
}

/// Where events are written to, each with its fields in one piece.
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        // What ends a line within an event came with a field.
        let line = text.trim_end_matches('\n').replace('\n', "\\n");
        let mut stderr = std::io::stderr();
        stderr.write_all(printable(&line).as_bytes())?;
        stderr.write_all(b"\n")?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

static LOST: AtomicBool = AtomicBool::new(false);

/// Whether a result could not be written.
pub(super) fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// A text as it is printed: without hidden characters, and without commands that a CI system would
/// carry out.
fn printable(text: &str) -> String {
    let text = visible_layout(text);
    if workflow::is_read_for_commands() { workflow::defused(&text) } else { text.into_owned() }
}

/// Prints a text for people.
pub(super) fn result(text: impl std::fmt::Display) {
    verbatim(printable(&text.to_string()));
}

/// Prints a document as it is. Who reads no further, as `head` does, has what they wanted.
pub(super) fn verbatim(text: impl std::fmt::Display) {
    let mut stdout = anstream::stdout();
    let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        LOST.store(true, Ordering::Relaxed);
        let problem = format!("the result could not be written to stdout: {error}");
        failure(&Failure::new(Exit::Failed, problem));
    }
}

/// Writes to stderr, without the secrets that somebody may have put into an argument. That nobody
/// may be able to read there stops nothing.
fn tell(text: std::fmt::Arguments<'_>) {
    let mut stderr = anstream::stderr();
    let text = printable(&masked(&text.to_string()));
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Prints a document.
pub(super) fn json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|error| {
        Failure::new(Exit::Failed, format!("the result could not be written as JSON: {error}"))
    })?;
    verbatim(format_args!("{text}\n"));
    Ok(())
}

/// Tells how it goes, on stderr.
pub(super) fn note(text: impl std::fmt::Display) {
    tell(format_args!("{text}\n"));
}

/// Tells what a person should look at, on stderr.
pub(super) fn warn(text: &str) {
    tell(format_args!("{} {}\n", Painted(CHANGE, "warning:"), visible_lines(text)));
}

/// Prints what is wrong with the command line to stderr.
pub(super) fn usage_error(error: &clap::Error) {
    tell(format_args!("{}", error.render().ansi()));
}

/// Tells why a command failed, on stderr.
pub(super) fn failure(failure: &Failure) {
    for problem in &failure.problems {
        tell(format_args!("{} {}\n", Painted(REMOVE, "error:"), visible_lines(&problem.message)));
        if let Some(remedy) = &problem.remedy {
            let text = paragraphs(&format!("help: {remedy}"), "  ", width());
            let after = text.trim_start_matches("  help:");
            tell(format_args!("{}{after}\n", Painted(HEADING, "  help:")));
        }
    }
}

/// How wide the terminal is; 100 columns where there is none.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).clamp(60, 120))
}

/// Whether somebody sits at a terminal and can be asked.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question that only `yes` agrees to; who means it and types less is asked again.
pub(super) fn ask(question: &str) -> bool {
    tell(format_args!("\n{} Only `yes` is taken as agreement: ", Painted(HEADING, question)));
    loop {
        let mut answer = String::new();
        if std::io::stdin().read_line(&mut answer).is_err() {
            return false;
        }
        match answer.trim() {
            "yes" => return true,
            "y" | "Y" | "Yes" | "YES" => tell(format_args!("Type `yes` in full, or `no`: ")),
            _ => return false,
        }
    }
}
