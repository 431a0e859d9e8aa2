//! Starting other programs: an argument list each, never a line for a shell. They are silent while they succeed; when one
//! fails, what it said last is part of the error.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use anyhow::{Context as _, Result, bail};

/// Lines of a failed program's output that are worth repeating.
const TAIL: usize = 25;

/// One program with its arguments.
pub(crate) struct Tool {
    command: Command,
    shown: Vec<String>,
    input: Option<Vec<u8>>,
}

impl Tool {
    /// A program, found through PATH or by its path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program).file_name().unwrap_or(program);
        Self {
            command: Command::new(program),
            shown: vec![name.to_string_lossy().into_owned()],
            input: None,
        }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(arg.as_ref().to_string_lossy().into_owned());
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs it in another directory.
    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Gives it something to read. Without this it reads nothing: no verb ever waits for a key.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Runs it to its end and keeps what it says for the case of failure.
    pub(crate) fn run(self) -> Result<()> {
        self.read().map(drop)
    }

    /// Runs it and returns what it printed.
    pub(crate) fn read(self) -> Result<String> {
        let shown = self.shown();
        let output = self.output()?;
        if !output.status.success() {
            bail!("{}", complaint(&shown, output.status, &both(&output)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it and tells whether it succeeded; what it says is nobody's concern.
    pub(crate) fn succeeds(self) -> bool {
        self.output().is_ok_and(|output| output.status.success())
    }

    /// Runs it and returns its status and everything it said.
    pub(crate) fn output(mut self) -> Result<Output> {
        self.command.stdin(if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().with_context(|| self.cannot_start())?;
        // A reader that is not listening closes its end; its own complaint says more than ours would.
        let writer = child
            .stdin
            .take()
            .zip(self.input.take())
            .map(|(mut stdin, input)| std::thread::spawn(move || drop(stdin.write_all(&input))));
        let output = child.wait_with_output().with_context(|| self.shown.join(" "))?;
        drop(writer.map(std::thread::JoinHandle::join));
        Ok(output)
    }

    /// Runs it with our own standard output and error: for programs that have something to say to people.
    pub(crate) fn show(mut self) -> Result<()> {
        self.command.stdin(Stdio::null());
        let status = self.command.status().with_context(|| self.cannot_start())?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown());
        }
        Ok(())
    }

    /// Runs it with our own standard error only: what it prints for machines is dropped.
    pub(crate) fn progress(mut self) -> Result<()> {
        self.command.stdout(Stdio::null());
        self.show()
    }

    /// The command as a person would type it.
    pub(crate) fn shown(&self) -> String {
        self.shown.join(" ")
    }

    fn cannot_start(&self) -> String {
        format!("`{}` cannot be started", self.shown[0])
    }
}

/// Whether a program is in PATH.
pub(crate) fn exists(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is in PATH.
pub(crate) fn find(program: &str) -> Option<OsString> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file());
    found.map(OsString::from)
}

fn both(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// The sentence for a program that failed. A full disk has many voices, and one remedy.
fn complaint(shown: &str, status: ExitStatus, said: &str) -> String {
    if said.contains("No space left on device") || said.contains("no space left on device") {
        return format!("{FULL} (found by `{shown}`)");
    }
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n  ");
    format!("`{shown}` failed ({status})\n  {tail}")
}

/// What to do about a full disk.
pub(crate) const FULL: &str = "the disk is full: free some space, or let XDG_CACHE_HOME name a directory on a bigger disk, and run the command again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_repeats_what_the_program_said_last() {
        let error = Tool::new("sh")
            .args(["-c", "echo one; echo two >&2; exit 3"])
            .run()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("one") && error.contains("two"),
            "{error}"
        );
    }

    #[test]
    fn a_full_disk_is_one_sentence() {
        let error = Tool::new("sh")
            .args(["-c", "echo 'tar: x: No space left on device'; exit 2"])
            .run()
            .unwrap_err();
        assert!(error.to_string().starts_with("the disk is full"), "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Tool::new("no-such-program").run().unwrap_err().to_string();
        assert_eq!(error, "`no-such-program` cannot be started");
    }

    #[test]
    fn input_that_is_not_read_is_no_failure() {
        Tool::new("true").input(vec![b'x'; 1 << 20]).run().unwrap();
    }
}
