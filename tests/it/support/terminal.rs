//! trueup at a terminal, with somebody at the keyboard.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{Fleet, interrupt};

/// Tall enough that nothing scrolls out of sight.
const ROWS: u16 = 200;

/// The longest that trueup may take to say something.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running trueup and the terminal that it writes to.
pub struct Terminal<'a> {
    fleet: &'a Fleet,
    child: Child,
    keyboard: File,
    written: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

/// Everything that trueup writes to a terminal, as it writes it.
pub fn written_to(fleet: &Fleet, env: &[(&str, &str)], args: &[&str]) -> String {
    let mut terminal = Terminal::with_env(fleet, 100, env, args);
    let mut bytes = Vec::new();
    while let Ok(more) = terminal.written.recv_timeout(PATIENCE) {
        bytes.extend(more);
    }
    terminal.child.wait().expect("an end");
    String::from_utf8_lossy(&bytes).into_owned()
}

impl<'a> Terminal<'a> {
    /// Starts trueup at a terminal of so many columns.
    pub fn start(fleet: &'a Fleet, columns: u16, args: &[&str]) -> Self {
        Self::with_env(fleet, columns, &[("TERM", "xterm")], args)
    }

    fn with_env(fleet: &'a Fleet, columns: u16, env: &[(&str, &str)], args: &[&str]) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("the other end");
        let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keyboard, size).expect("a size");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let end = || File::from(rustix::fs::open(&name, flags, Mode::empty()).expect("an end"));
        let mut command: Command = fleet.command(args);
        command.envs(env.iter().copied()).stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("trueup runs");
        let keyboard = File::from(keyboard);
        let written = reading(keyboard.try_clone().expect("a handle"));
        let [rows, columns] = [ROWS, columns].map(|size| NonZero::new(size).expect("not 0"));
        let parser = vt100::Parser::new(rows, columns, 0);
        Self { fleet, child, keyboard, written, parser }
    }

    /// Waits for a question, answers it, and waits until the answer was taken in: the same question
    /// may be asked again.
    pub fn answers(&mut self, question: &str, answer: &str) {
        while !self.asks(question) {
            assert!(self.reads(), "no {question:?} on the screen:\n{}", self.screen());
        }
        writeln!(self.keyboard, "{answer}").expect("typed");
        while self.asks(question) && self.reads() {}
    }

    /// Waits until something is on the screen.
    pub fn says(&mut self, text: &str) {
        while !self.screen().contains(text) {
            assert!(self.reads(), "no {text:?} on the screen:\n{}", self.screen());
        }
    }

    /// Stops it as Ctrl-C does, and waits for its exit code.
    pub fn interrupted(mut self) -> i32 {
        interrupt(&self.child);
        self.child.wait().expect("an end").code().unwrap_or(-1)
    }

    fn asks(&self, question: &str) -> bool {
        self.lines().last().is_some_and(|line| line.trim_end().ends_with(question))
    }

    /// Waits for the end: the exit code, and the screen. Fails the test if the terminal had to
    /// break a line in the middle, except a fingerprint, which is one word and longer than 80.
    pub fn ends(mut self) -> (i32, String) {
        while self.reads() {}
        let code = self.child.wait().expect("an end").code().unwrap_or(-1);
        let screen = self.screen();
        let columns = usize::from(self.parser.screen().size().1.get());
        for line in self.lines().filter(|line| line.chars().count() > columns) {
            let fingerprint = self.fleet.normal(&line).contains("_TLS_SHA256");
            assert!(fingerprint, "{line:?} is too long for {columns} columns:\n{screen}");
        }
        (code, screen)
    }

    /// Takes in what was written since; false at the end.
    fn reads(&mut self) -> bool {
        match self.written.recv_timeout(PATIENCE) {
            Ok(bytes) => self.parser.process(&bytes),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return false,
            Err(waited) => panic!("{waited}, the screen:\n{}", self.screen()),
        }
        true
    }

    /// The lines that were written, those that the terminal had to break in one piece.
    fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        let text = self.parser.screen().contents();
        text.lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    fn screen(&self) -> String {
        self.fleet.normal(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}

/// What trueup writes, until it has ended and nobody holds the terminal any more.
fn reading(mut from: File) -> Receiver<Vec<u8>> {
    let (send, written) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if send.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    written
}
