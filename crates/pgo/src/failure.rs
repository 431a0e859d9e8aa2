//! Why a command did not do what was asked, and the exit code that says so to scripts.

use thiserror::Error;

/// A failure, by its remedy. Each text is one sentence that says what to change.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// No address of the API server.
    #[error("no API server: name its address in PGO_APISERVER_URL or with --apiserver-url")]
    NoServer,
    /// No usable credentials.
    #[error("{0}")]
    Credentials(String),
    /// Certificates or keys that cannot be used.
    #[error("failed to set up TLS client: {0}")]
    Tls(String),
    /// A command that cannot be meant as it stands.
    #[error("{0}")]
    Usage(String),
    /// The server was not reached, or what it answered was no answer.
    #[error("{0}")]
    Transport(String),
    /// The server does not know the user.
    #[error(
        "Authentication Failed: 401: the server does not know user {user:?} with this password; \
         check PGOUSERNAME and PGOUSERPASS, or the file that PGOUSER names, ~/.pgouser or /etc/pgo/pgouser"
    )]
    Unauthenticated {
        /// Who was sent.
        user: String,
    },
    /// The server answered with a status that is none of its own words.
    #[error("Invalid Status Code: {code}{advice}")]
    HttpStatus {
        /// The HTTP status.
        code: u16,
        /// What to do about it, after a colon; may be empty.
        advice: String,
    },
    /// The server refused, for the reason that it gave.
    #[error("{0}")]
    Refused(String),
    /// The user said no.
    #[error("Aborting...")]
    Aborted {
        /// Differs by command, for the sake of scripts.
        exit_code: u8,
        /// Whether a program reads the results.
        aside: bool,
    },
    /// The request was accepted, but what it asked for did not come about (in time).
    #[error("{0}")]
    Unfinished(String),
    /// The user stopped waiting for what was asked for; it goes on.
    #[error("{0}")]
    Interrupted(String),
    /// A failure of a command whose exit codes differ from those of the others.
    #[error("{failure}")]
    Coded {
        /// What went wrong.
        failure: Box<Failure>,
        /// How the program ends.
        exit_code: u8,
    },
    /// Some of several requests failed; each has been reported.
    #[error("some requests failed")]
    Reported,
    /// What reads our output went away.
    #[error("nobody reads the output")]
    Closed,
    /// Output could not be written.
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
    /// A mistake in this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// The exit code of version 4.2's matrix; where that had 0 for a failure, 2.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Tls(_) => 1,
            Self::Credentials(_)
            | Self::Usage(_)
            | Self::Transport(_)
            | Self::Unauthenticated { .. }
            | Self::HttpStatus { .. }
            | Self::Refused(_)
            | Self::Reported => 2,
            Self::Unfinished(_) | Self::Output(_) | Self::Internal(_) => 3,
            Self::Aborted { exit_code, .. } | Self::Coded { exit_code, .. } => *exit_code,
            // What a shell says of a program that SIGINT has ended.
            Self::Interrupted(_) => 130,
            Self::NoServer => 255,
        }
    }

    /// A failure that has been reported already; only its exit code is left.
    pub(crate) fn told(self) -> Self {
        let exit_code = self.exit_code();
        Self::Reported.exiting_with(exit_code)
    }

    /// Gives a failure the exit code that this command has for it.
    pub(crate) fn exiting_with(self, exit_code: u8) -> Self {
        Self::Coded {
            failure: Box::new(self),
            exit_code,
        }
    }

    /// Whether an empty line follows, as it did in version 4.2.
    pub(crate) fn ends_with_empty_line(&self) -> bool {
        matches!(self, Self::Unauthenticated { .. } | Self::HttpStatus { .. })
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Output(error),
        }
    }
}
