//! How a command ends: its exit code, and what it says when it fails.

/// The exit codes, for every command. The highest that fits wins, but 3 wins over 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing differs, a plan was printed, or everything was applied and read back equal.
    Success,
    /// Failed before anything was sent.
    Failed,
    /// Something differs (`drift`, `plan --detailed-exitcode`).
    Differs,
    /// A system could not be read, or not everything that was sent was verified.
    Incomplete,
    /// Refused before the first write, since a person must decide.
    Refused,
    /// The command line or the manifest; nothing was contacted.
    Usage,
}

impl Exit {
    /// Every exit code.
    pub const ALL: [Self; 6] =
        [Self::Success, Self::Failed, Self::Differs, Self::Incomplete, Self::Refused, Self::Usage];

    /// The process' exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Differs => 2,
            Self::Incomplete => 3,
            Self::Refused => 4,
            Self::Usage => 64,
        }
    }
}

/// Why a command failed, and what to do now.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, a line each.
    pub problems: Vec<Problem>,
}

/// One thing that went wrong.
#[derive(Debug)]
pub struct Problem {
    /// What happened and where.
    pub message: String,
    /// What to do now.
    pub remedy: Option<String>,
}

impl Failure {
    /// A failure with one problem.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, problems: vec![Problem { message: message.into(), remedy: None }] }
    }

    /// A failure that has been printed already.
    pub fn told(exit: Exit) -> Self {
        Self { exit, problems: Vec::new() }
    }

    /// The same failure, with one more problem and what to do about it.
    pub fn also(mut self, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        self.problems.push(Problem { message: message.into(), remedy: Some(remedy.into()) });
        self
    }

    /// The same failure, with what to do about its last problem.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.remedy = Some(remedy.into());
        }
        self
    }
}
