//! Running pgBackRest, and passing on what it says.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use pgo_postgres::pgbackrest::command::Command;
use rustix::process::Signal;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::Repository;
use crate::backrest::Line;
use crate::process::{self, How};

/// Whoever waits for a command, if anybody does. Who goes away takes the command with it.
pub(super) type Client = Option<mpsc::Sender<Line>>;

/// Runs a command to its end, and says with what status it ended. Needs the turn of [`Repository::busy`].
pub(super) async fn run(repository: &Repository, command: &Command, client: &Client) -> i32 {
    let mut pgbackrest = repository.pgbackrest(command);
    pgbackrest
        .args(["--log-level-console=info", "--no-log-timestamp"])
        .stdout(Stdio::piped());
    let mut child = match repository.children.spawn(&mut pgbackrest) {
        Ok(child) => child,
        Err(error) => {
            say(client, format!("pgbackrest cannot be started: {error}")).await;
            return 1;
        }
    };
    let name = command.name();
    info!(command = name, pid = child.pid, "pgbackrest was started");
    let output = child.stdout.take();
    let listener = client.clone();
    let reading = tokio::task::spawn_blocking(move || {
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
            .map_while(Result::ok)
        {
            info!("{line}");
            let heard = listener
                .as_ref()
                .is_none_or(|listener| listener.blocking_send(Line::Log(line)).is_ok());
            if !heard {
                break;
            }
        }
    });
    let how = tokio::select! {
        how = &mut child.end => how,
        () = left(client) => {
            warn!(command = name, "the client has gone, the command is stopped");
            process::signal(child.pid, Signal::TERM);
            (&mut child.end).await
        }
    };
    let _ = reading.await;
    let status = match how {
        Ok(How::Exited(status)) => status,
        _ => 1,
    };
    info!(command = name, status, "pgbackrest has ended");
    status
}

/// Says something to whoever waits, and to the log.
pub(super) async fn say(client: &Client, text: String) {
    warn!("{text}");
    if let Some(client) = client {
        let _ = client.send(Line::Log(text)).await;
    }
}

async fn left(client: &Client) {
    match client {
        Some(client) => client.closed().await,
        None => std::future::pending().await,
    }
}
