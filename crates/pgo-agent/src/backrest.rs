//! What the Jobs of pgBackRest say to the repository, and `backrest`, the command that says it.
//!
//! The answer is a stream of lines, each a [`Line`]; the last one carries the exit status. When the client goes away,
//! so does the command.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures::StreamExt;
use pgo_postgres::option::Options;
use pgo_postgres::option::pgbackrest::Backup;
use serde::{Deserialize, Serialize};
use tracing::{error, info};

use crate::certificates::Certificates;
use crate::instance::settings::AGENT_PORT;

/// How long the repository is waited for; its Service may be younger than we are.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command for the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Verb {
    /// Prepare the repository for the cluster.
    StanzaCreate,
    /// Take a backup.
    Backup,
}

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Options that passed the allow-list; they pass it again where they are used.
    #[serde(default)]
    pub(crate) options: Options<Backup>,
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// What pgBackRest said.
    Log(String),
    /// How it ended.
    Exit(i32),
}

/// Where things are for a Job.
pub(crate) struct Job {
    pub(crate) repo_host: String,
    pub(crate) certificates: Certificates,
}

impl Job {
    /// Reads the environment.
    pub(crate) fn prepare() -> Result<Self, String> {
        let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let cluster = variable("PGHA_CLUSTER", "");
        let repo_host = variable("PGHA_REPO_HOST", &format!("{cluster}-backrest-shared-repo"));
        if repo_host.starts_with('-') {
            return Err("the environment variable PGHA_REPO_HOST is not set".to_owned());
        }
        let mounted = variable("PGHA_CONF", "/pgconf");
        let certificates = Certificates::mounted(&Path::new(&mounted).join("tls"));
        Ok(Self {
            repo_host,
            certificates,
        })
    }

    /// Has the repository carry out a command, and ends as that ends.
    pub(crate) async fn run(&self, verb: Verb, words: &[String]) -> ExitCode {
        let options = match Options::parse(&words.join(" ")) {
            Ok(options) => options,
            Err(complaints) => {
                for complaint in complaints.lines() {
                    error!("{complaint}");
                }
                return ExitCode::from(2);
            }
        };
        if verb == Verb::StanzaCreate && !options.is_empty() {
            error!("stanza-create takes no options");
            return ExitCode::from(2);
        }
        match self.send(verb, &Order { options }).await {
            Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
            Err(error) => {
                error!("{error:#}");
                ExitCode::FAILURE
            }
        }
    }

    async fn send(&self, verb: Verb, order: &Order) -> anyhow::Result<i32> {
        let client = self.certificates.client()?;
        let path = match verb {
            Verb::StanzaCreate => "stanza-create",
            Verb::Backup => "backup",
        };
        let url = format!("https://{}:{AGENT_PORT}/backrest/{path}", self.repo_host);
        let began = Instant::now();
        let answer = loop {
            match client.post(&url).json(order).send().await {
                Ok(answer) => break answer,
                Err(error) if error.is_connect() && began.elapsed() < PATIENCE => {
                    info!(%error, "the repository is not there yet");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        if !answer.status().is_success() {
            anyhow::bail!(
                "the repository refused ({}): {}",
                answer.status(),
                answer.text().await?.trim()
            );
        }
        let mut stream = answer.bytes_stream();
        let mut pending = Vec::new();
        while let Some(chunk) = stream.next().await {
            pending.extend_from_slice(&chunk?);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                match serde_json::from_slice(&line)? {
                    Line::Log(text) => info!("{text}"),
                    Line::Exit(status) => return Ok(status),
                }
            }
        }
        anyhow::bail!("the repository went away before the command had ended")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_with_a_forbidden_option_is_not_even_read() {
        assert!(serde_json::from_str::<Order>(r#"{"options":["--type=full"]}"#).is_ok());
        assert!(serde_json::from_str::<Order>(r#"{"options":["--cmd=/tmp/x"]}"#).is_err());
        assert!(serde_json::from_str::<Order>(r#"{"stanza":"other"}"#).is_err());
    }

    #[test]
    fn the_last_line_carries_the_status() {
        assert_eq!(serde_json::to_string(&Line::Exit(0)).unwrap(), r#"{"exit":0}"#);
    }
}
