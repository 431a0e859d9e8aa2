//! Runs the program and puts all that can be observed into one text.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::stub::{Received, Stub};

/// A command line to run, in an environment that has nothing else.
pub(crate) struct Pgo {
    args: Vec<String>,
    environment: Vec<(String, String)>,
    stdin: String,
    name: Option<&'static str>,
}

impl Pgo {
    /// A command line with credentials and a namespace, but no server.
    pub(crate) fn new(line: &str) -> Self {
        let environment = [
            ("PGOUSERNAME", "admin"),
            ("PGOUSERPASS", "secret"),
            ("PGO_NAMESPACE", "pgo"),
        ];
        Self {
            args: line.split_whitespace().map(ToOwned::to_owned).collect(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            stdin: String::new(),
            name: None,
        }
    }

    /// The same, asking this server without TLS.
    pub(crate) fn at(line: &str, stub: &Stub) -> Self {
        Self::new(line)
            .env("DISABLE_TLS", "1")
            .env("PGO_APISERVER_URL", &format!("http://{}", stub.address))
    }

    /// Sets a variable, or takes it away when it is empty.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Adds an argument that may contain blanks.
    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.args.push(argument.to_owned());
        self
    }

    /// The same program under another name.
    pub(crate) fn called(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// What the user types.
    pub(crate) fn typing(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgo"));
        command
            .args(&self.args)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(name) = self.name {
            command.arg0(name);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it and returns exit code, stdout and stderr.
    pub(crate) fn run(&self) -> (i32, String, String) {
        let mut child = self.command().spawn().unwrap();
        // A program that asks nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Runs it and writes down all that can be observed, with tabs and blanks at line ends made visible.
    pub(crate) fn observe(&self, stub: Option<&Stub>) -> String {
        let (code, stdout, stderr) = self.run();
        let mut sections = vec![
            ("exit code", format!("{code}\n")),
            ("stdout", stdout),
            ("stderr", stderr),
        ];
        if let Some(stub) = stub {
            let written = |request: &Received| {
                format!(
                    "{} {}
",
                    request.line,
                    request.body.trim()
                )
            };
            sections.push(("requests", stub.received().iter().map(written).collect()));
        }
        let address = stub.map(|stub| stub.address.to_string()).unwrap_or_default();
        let sections = sections.into_iter().map(|(name, text)| {
            let text = if address.is_empty() {
                text
            } else {
                text.replace(&address, "<server>")
            };
            format!("[{name}]\n{}", visible(&text))
        });
        let name = self.name.unwrap_or("pgo");
        format!(
            "$ {name} {}\n{}",
            self.args.join(" "),
            sections.collect::<String>()
        )
    }
}

fn visible(text: &str) -> String {
    let mut lines = String::new();
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, "⏎ (no line end)\n"), |line| (line, "\n"));
        let trimmed = line.trim_end_matches(' ');
        lines.push_str(&trimmed.replace('\t', "⇥"));
        lines.push_str(&"␠".repeat(line.len() - trimmed.len()));
        lines.push_str(end);
    }
    lines
}

/// Replaces what differs from run to run: times in parentheses.
pub(crate) fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" (") {
        out.push_str(before);
        match after.split_once(" s)") {
            Some((time, tail)) if time.parse::<f32>().is_ok() => {
                out.push_str(" (<time>)");
                rest = tail;
            }
            _ => {
                out.push_str(" (");
                rest = after;
            }
        }
    }
    out + rest
}
