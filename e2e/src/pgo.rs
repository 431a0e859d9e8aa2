//! Running `pgo` as a user does.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::AsyncWriteExt as _;

use crate::{Environment, seconds};

/// No command may take longer; those with `--wait` have a limit of their own below it.
const LIMIT: Duration = seconds(300);

/// The command line, with its default namespace.
#[derive(Debug, Clone)]
pub struct Pgo {
    environment: &'static Environment,
    namespace: String,
    /// Variables that differ from the environment's.
    changed: Vec<(String, String)>,
}

/// What one command did.
#[derive(Debug, Clone)]
pub struct Run {
    /// As a user would have typed it.
    pub line: String,
    /// Exit status; -1 when a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// From start to exit.
    pub took: Duration,
}

impl Pgo {
    /// The command line of a user who works in `namespace`.
    pub fn new(environment: &'static Environment, namespace: &str) -> Self {
        Self {
            environment,
            namespace: namespace.to_owned(),
            changed: Vec::new(),
        }
    }

    /// The same with one environment variable changed.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.changed.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs one command to its end, whatever that is.
    pub async fn run(&self, arguments: &[&str]) -> Result<Run> {
        let line = format!("pgo {}", arguments.join(" "));
        let started = Instant::now();
        let mut command = self.environment.command("pgo")?;
        command
            .args(arguments)
            .env("PGO_NAMESPACE", &self.namespace)
            .envs(self.changed.iter().cloned())
            .stdin(Stdio::null());
        let output = tokio::time::timeout(LIMIT, command.output())
            .await
            .with_context(|| format!("`{line}` did not end within {LIMIT:?}"))?
            .with_context(|| format!("`{line}` cannot be started"))?;
        Ok(Run::of(line, &output, started))
    }
}

/// Runs `kubectl` in a namespace, with `input` on its standard input.
pub(crate) async fn kubectl(
    environment: &Environment,
    namespace: &str,
    arguments: &[&str],
    input: &str,
) -> Result<Run> {
    let line = format!("kubectl {}", arguments.join(" "));
    let started = Instant::now();
    let mut command = environment.command("kubectl")?;
    command.args(["--namespace", namespace]).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().context("kubectl cannot be started")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).await?;
    }
    let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let output = output.with_context(|| format!("`{line}` did not end within {LIMIT:?}"))??;
    Ok(Run::of(line, &output, started))
}

impl Run {
    fn of(line: String, output: &Output, started: Instant) -> Self {
        Self {
            line,
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: started.elapsed(),
        }
    }

    /// Demands that the command succeeded.
    pub fn succeeded(self) -> Result<Self> {
        ensure!(self.code == 0, "it failed, {}", self.describe());
        Ok(self)
    }

    /// Demands that the command was refused with one sentence, which begins as errors do and has each of `words`.
    pub fn refused(self, words: &[&str]) -> Result<Self> {
        ensure!(self.code > 0, "it should have failed, {}", self.describe());
        let sentences: Vec<_> = self
            .stdout
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        ensure!(
            sentences.len() == 1,
            "it should say one sentence, {}",
            self.describe()
        );
        ensure!(
            self.stdout.starts_with("Error:"),
            "errors begin with `Error:`, {}",
            self.describe()
        );
        ensure!(
            !self.stdout.contains("panicked"),
            "it panicked, {}",
            self.describe()
        );
        for word in words {
            let said = self.stdout.to_lowercase();
            ensure!(
                said.contains(&word.to_lowercase()),
                "the word {word:?} is missing, {}",
                self.describe()
            );
        }
        Ok(self)
    }

    /// Demands that the output has a line with every one of `words`.
    pub fn has_line(&self, words: &[&str]) -> Result<()> {
        let found = self
            .stdout
            .lines()
            .any(|line| words.iter().all(|word| line.contains(word)));
        ensure!(found, "no line has {words:?}, {}", self.describe());
        Ok(())
    }

    /// The last word of the line that begins with `workflow id`.
    pub fn workflow(&self) -> Result<&str> {
        self.stdout
            .lines()
            .find(|line| line.starts_with("workflow id"))
            .and_then(|line| line.split_whitespace().last())
            .with_context(|| format!("there is no workflow id, {}", self.describe()))
    }

    fn describe(&self) -> String {
        format!(
            "`{}` exited with {} after {:?}\n--- stdout\n{}--- stderr\n{}---",
            self.line, self.code, self.took, self.stdout, self.stderr
        )
    }
}
