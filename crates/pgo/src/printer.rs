//! The only room that prints, and that asks.
//!
//! Results go to stdout. Errors go to stderr, and, where stdout is not a terminal, to stdout as well: scripts written
//! for version 4.2 capture stdout and look for `Error:` there. Where both are the same pipe they appear once.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;
use crate::program::Program;
use crate::session::Environment;

/// Where output goes and how it may look.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the streams differ in each independently"
)]
pub(crate) struct Printer {
    /// Whether stdout is a terminal that can show colours.
    colours: bool,
    /// Whether somebody watches stderr.
    watched: bool,
    /// Whether errors must be on stdout.
    errors_on_stdout: bool,
    /// Whether errors must be on stderr.
    errors_on_stderr: bool,
    /// Whether `--debug` was given.
    debug: bool,
    /// What the user calls us.
    program: Program,
}

impl Printer {
    /// Looks at the process's streams, and in the environment for what the terminal can show.
    pub(crate) fn new(environment: &Environment, program: Program, debug: bool) -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let is_dumb = environment.get("TERM") == Some("dumb");
        Self {
            colours: stdout_is_terminal && !is_dumb && environment.get("NO_COLOR").is_none(),
            watched: io::stderr().is_terminal() && !is_dumb,
            errors_on_stdout: !stdout_is_terminal,
            errors_on_stderr: stdout_is_terminal || !is_same_stream(),
            debug,
            program,
        }
    }

    /// Whether progress may be drawn and redrawn.
    pub(crate) fn is_watched(self) -> bool {
        self.watched
    }

    /// Prints a result as it is.
    #[expect(clippy::unused_self, reason = "whoever prints must hold a printer")]
    pub(crate) fn write(self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }

    /// Prints a line of a result.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        self.write(&format!("{text}\n"))
    }

    /// Prints how something is used.
    pub(crate) fn explain(self, text: &str) -> Result<(), Failure> {
        self.write(&self.program.speak(text))
    }

    /// Prints a remark that is no result. It is not worth a failure when nobody reads it.
    #[expect(clippy::unused_self, reason = "whoever prints must hold a printer")]
    pub(crate) fn remark(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Prints what `--debug` wants to know.
    pub(crate) fn debug(self, text: impl Display) {
        if self.debug {
            let time = jiff::Timestamp::now()
                .round(jiff::Unit::Second)
                .unwrap_or_default();
            self.remark(&format!("time=\"{time}\" level=debug msg={:?}", text.to_string()));
        }
    }

    /// Prints why something failed.
    pub(crate) fn error(self, failure: &Failure) {
        let end = if failure.ends_with_empty_line() { "\n" } else { "" };
        match failure {
            Failure::Closed | Failure::Reported => {}
            Failure::Coded { failure, .. } => self.error(failure),
            Failure::Aborted { aside: true, .. } => self.remark(&failure.to_string()),
            Failure::Aborted { .. } => self.ignore_write(&format!("{failure}\n")),
            Failure::Tls(_) => self.remark(&format!("Error: {failure}")),
            // No error: it is what the user wanted.
            Failure::Interrupted(_) => self.remark(&self.program.speak(&failure.to_string())),
            _ => {
                let text = self.program.speak(&format!("Error: {failure}\n{end}"));
                self.everywhere(&text, &text);
            }
        }
    }

    /// Prints why a command line cannot be read: the bare message on stdout, message and advice on stderr.
    pub(crate) fn complaint(self, message: &str, advice: &str) {
        self.everywhere(&self.program.speak(&format!("{message}\n")), "");
        self.remark(
            &self
                .program
                .speak(&format!("Error: {message}\n{}", advice.trim_end())),
        );
    }

    fn everywhere(self, on_stdout: &str, on_stderr: &str) {
        if self.errors_on_stdout {
            self.ignore_write(on_stdout);
        }
        if self.errors_on_stderr {
            let _ = io::stderr().lock().write_all(on_stderr.as_bytes());
        }
    }

    /// Prints at the end of a program that has failed already.
    fn ignore_write(self, text: &str) {
        let _ = self.write(text);
    }

    /// Paints a word that means well.
    pub(crate) fn good(self, word: &str) -> String {
        self.painted(word, 32)
    }

    /// Paints a word that means ill.
    pub(crate) fn bad(self, word: &str) -> String {
        self.painted(word, 31)
    }

    fn painted(self, word: &str, colour: u8) -> String {
        if self.colours {
            format!("\u{1b}[{colour}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }

    /// Asks until the answer is yes or no. The end of the input is a no.
    pub(crate) fn asks(self, question: &str, on_stderr: bool) -> Result<bool, Failure> {
        let say = |text: &str| -> Result<(), Failure> {
            if on_stderr {
                io::stderr().lock().write_all(text.as_bytes())?;
                Ok(())
            } else {
                self.write(text)
            }
        };
        loop {
            say(&format!("{question} (yes/no): "))?;
            let mut answer = String::new();
            if io::stdin().read_line(&mut answer).unwrap_or(0) == 0 {
                say("\n")?;
                return Ok(false);
            }
            match answer.trim() {
                "y" | "Y" | "yes" | "Yes" | "YES" => return Ok(true),
                "n" | "N" | "no" | "No" | "NO" => return Ok(false),
                _ => say("Please type yes or no and then press enter:\n")?,
            }
        }
    }
}

/// Whether stdout and stderr are the same pipe or file, as after `2>&1`.
#[cfg(unix)]
fn is_same_stream() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;

    let identity = |fd: std::os::fd::BorrowedFd<'_>| {
        let metadata = std::fs::File::from(fd.try_clone_to_owned().ok()?)
            .metadata()
            .ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    let stdout = identity(io::stdout().as_fd());
    stdout.is_some() && stdout == identity(io::stderr().as_fd())
}

#[cfg(not(unix))]
fn is_same_stream() -> bool {
    false
}
