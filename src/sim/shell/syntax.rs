//! The part of the shell's language that is understood: words, quotes, variables, assignments,
//! redirections, `;`, `&&` and `||`.

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Stands for itself.
    Text(String),
    /// Stands for a variable's value.
    Variable(String),
}

/// A word before its variables are filled in.
pub type Word = Vec<Piece>;

/// Whether a command runs, by how the one before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// However it ended.
    Always,
    /// It went well: `&&`.
    Success,
    /// It did not: `||`.
    Failure,
}

/// Where a stream is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// `/dev/null`
    Nowhere,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Whether it runs.
    pub when: When,
    /// `NAME=VALUE` in front of it.
    pub assignments: Vec<(String, Word)>,
    /// Its words.
    pub words: Vec<Word>,
    /// Its redirections, in their order: stream 1 or 2, and where that is sent.
    pub redirections: Vec<(u8, Target)>,
}

impl Command {
    fn new(when: When) -> Self {
        Self { when, assignments: Vec::new(), words: Vec::new(), redirections: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.assignments.is_empty() && self.words.is_empty()
    }
}

/// A script that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// A quote stays open.
    #[error("Syntax error: Unterminated quoted string")]
    Unterminated,
    /// Something that a real shell would understand or refuse.
    #[error("Syntax error: \"{0}\" unexpected")]
    Unexpected(String),
}

struct Reader<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
}

/// Reads a script.
///
/// # Errors
/// [`SyntaxError`]
pub fn parse(script: &str) -> Result<Vec<Command>, SyntaxError> {
    let mut reader = Reader { letters: script.chars().peekable() };
    let mut commands = Vec::new();
    let mut command = Command::new(When::Always);
    let unexpected = |what: &str| SyntaxError::Unexpected(what.to_owned());
    loop {
        while reader.letters.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        let Some(&letter) = reader.letters.peek() else { break };
        match letter {
            ';' | '\n' | '&' | '|' => {
                reader.letters.next();
                let double = reader.letters.next_if_eq(&letter).is_some();
                let when = match (letter, double) {
                    ('\n', _) | (';', false) => When::Always,
                    ('&', true) => When::Success,
                    ('|', true) => When::Failure,
                    _ => return Err(unexpected(&letter.to_string())),
                };
                if command.is_empty() && letter != '\n' {
                    return Err(unexpected(&letter.to_string().repeat(1 + usize::from(double))));
                }
                let next = Command::new(when);
                commands.push(std::mem::replace(&mut command, next));
            }
            '(' | ')' | '`' => return Err(unexpected(&letter.to_string())),
            '#' => while reader.letters.next_if(|c| *c != '\n').is_some() {},
            _ => reader.word_or_redirection(&mut command)?,
        }
    }
    if command.is_empty() && command.when != When::Always {
        return Err(unexpected("end of file"));
    }
    commands.push(command);
    commands.retain(|command| !command.is_empty());
    Ok(commands)
}

impl Reader<'_> {
    fn word_or_redirection(&mut self, command: &mut Command) -> Result<(), SyntaxError> {
        let mut ahead = self.letters.clone();
        let stream = match ahead.next() {
            Some('>') => Some(1),
            Some(digit @ ('1' | '2')) if ahead.peek() == Some(&'>') => {
                ahead.next();
                Some(if digit == '1' { 1 } else { 2 })
            }
            Some('<') => Some(0),
            _ => None,
        };
        if let Some(stream) = stream {
            self.letters = ahead;
            return self.redirection(stream, command);
        }
        let (word, quoted) = self.word()?;
        match assignment(&word).filter(|_| command.words.is_empty() && !quoted) {
            Some(assigned) => command.assignments.push(assigned),
            None => command.words.push(word),
        }
        Ok(())
    }

    fn redirection(&mut self, stream: u8, command: &mut Command) -> Result<(), SyntaxError> {
        while self.letters.next_if(|c| matches!(c, ' ' | '\t' | '>')).is_some() {}
        let duplicate = self.letters.next_if_eq(&'&').is_some();
        let (word, _) = self.word()?;
        let target = match (duplicate, word.as_slice()) {
            (true, [Piece::Text(text)]) if text == "1" => Target::Out,
            (true, [Piece::Text(text)]) if text == "2" => Target::Err,
            (false, [Piece::Text(text)]) if text == "/dev/null" => Target::Nowhere,
            _ => return Err(SyntaxError::Unexpected(">".to_owned())),
        };
        if stream > 0 {
            command.redirections.push((stream, target));
        }
        Ok(())
    }

    /// A word, and whether any of it was quoted at its start.
    fn word(&mut self) -> Result<(Word, bool), SyntaxError> {
        let mut word = Word::new();
        let mut text = String::new();
        let quoted = matches!(self.letters.peek(), Some('\'' | '"'));
        // A quoted word may be empty and still is one.
        let mut any_quote = false;
        while let Some(&letter) = self.letters.peek() {
            match letter {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '`' => return Err(SyntaxError::Unexpected("`".to_owned())),
                '\'' => {
                    any_quote = true;
                    self.letters.next();
                    loop {
                        match self.letters.next() {
                            Some('\'') => break,
                            Some(letter) => text.push(letter),
                            None => return Err(SyntaxError::Unterminated),
                        }
                    }
                }
                '"' => {
                    any_quote = true;
                    self.letters.next();
                    self.double_quoted(&mut word, &mut text)?;
                }
                '\\' => {
                    self.letters.next();
                    text.extend(self.letters.next().filter(|letter| *letter != '\n'));
                }
                '$' => self.variable(&mut word, &mut text)?,
                _ => text.extend(self.letters.next()),
            }
        }
        if !text.is_empty() || (word.is_empty() && any_quote) {
            word.push(Piece::Text(text));
        }
        Ok((word, quoted))
    }

    fn double_quoted(&mut self, word: &mut Word, text: &mut String) -> Result<(), SyntaxError> {
        loop {
            match self.letters.peek().copied() {
                None => return Err(SyntaxError::Unterminated),
                Some('"') => {
                    self.letters.next();
                    return Ok(());
                }
                Some('\\') => {
                    self.letters.next();
                    match self.letters.next() {
                        Some(letter @ ('"' | '\\' | '$' | '`')) => text.push(letter),
                        Some(letter) => text.extend(['\\', letter]),
                        None => return Err(SyntaxError::Unterminated),
                    }
                }
                Some('$') => self.variable(word, text)?,
                Some('`') => return Err(SyntaxError::Unexpected("`".to_owned())),
                Some(_) => text.extend(self.letters.next()),
            }
        }
    }

    fn variable(&mut self, word: &mut Word, text: &mut String) -> Result<(), SyntaxError> {
        self.letters.next();
        let braced = self.letters.next_if_eq(&'{').is_some();
        let mut name = String::new();
        if let Some(letter) = self.letters.next_if_eq(&'?') {
            name.push(letter);
        } else {
            while let Some(letter) =
                self.letters.next_if(|c| c.is_ascii_alphanumeric() || *c == '_')
            {
                name.push(letter);
            }
        }
        if braced && self.letters.next_if_eq(&'}').is_none() || self.letters.peek() == Some(&'(') {
            return Err(SyntaxError::Unexpected("$".to_owned()));
        }
        if name.is_empty() {
            text.push('$');
            return Ok(());
        }
        if !text.is_empty() {
            word.push(Piece::Text(std::mem::take(text)));
        }
        word.push(Piece::Variable(name));
        Ok(())
    }
}

/// `NAME=VALUE`
fn assignment(word: &[Piece]) -> Option<(String, Word)> {
    let Some(Piece::Text(first)) = word.first() else { return None };
    let (name, value) = first.split_once('=')?;
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = Piece::Text(value.to_owned());
    named.then(|| (name.to_owned(), std::iter::once(value).chain(word[1..].to_vec()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(command: &Command) -> Vec<String> {
        let shown = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => format!("<{name}>"),
        };
        command.words.iter().map(|word| word.iter().map(shown).collect()).collect()
    }

    #[test]
    fn the_wrapper_of_zettarepl_is_understood() {
        let outer = parse("sh -c 'PATH=$PATH:/usr/sbin zfs list -o '\"'\"'a b'\"'\"' 2>&1'");
        let outer = outer.expect("a script");
        let inner = texts(&outer[0]).pop().expect("a word");
        assert_eq!(inner, "PATH=$PATH:/usr/sbin zfs list -o 'a b' 2>&1");
        let inner = parse(&inner).expect("a script");
        assert_eq!(texts(&inner[0]), ["zfs", "list", "-o", "a b"]);
        assert_eq!(inner[0].assignments[0].0, "PATH");
        assert_eq!(inner[0].redirections, [(2, Target::Out)]);
    }

    #[test]
    fn commands_follow_each_other() {
        let script = parse("true && echo a\\ b \"$HOME/x\" ''; false || A=1\n#c\n").expect("read");
        let when: Vec<When> = script.iter().map(|command| command.when).collect();
        assert_eq!(when, [When::Always, When::Success, When::Always, When::Failure]);
        assert_eq!(texts(&script[1]), ["echo", "a b", "<HOME>/x", ""]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for script in
            ["a | b", "a &", "echo $(id)", "`id`", "echo 'a", "a &&", "; a", "echo > /tmp/x", "(a)"]
        {
            assert!(parse(script).is_err(), "{script}");
        }
        assert_eq!(parse(" \n").expect("nothing"), []);
    }
}
