//! The supervisor's local socket: how Patroni's helpers, which are this same program, reach it.
//!
//! One request is one line, one answer is one line. Only processes of this container can connect.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

/// What a helper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Patroni's `initdb`: is there a prepared data directory?
    Initdb {
        /// Where Patroni wants it.
        data: String,
    },
    /// A new database was made: is it on the disk? It is not used before.
    Durable,
    /// `archive-push`, `archive-get`: does this file of the log belong to the cluster's history?
    Wal {
        /// The file's name.
        file: String,
        /// The size of a segment, in bytes.
        size: u64,
    },
    /// `archive-push`: this file could not be archived.
    NotArchived {
        /// In a sentence or what pgBackRest said.
        why: String,
    },
    /// Patroni did something to PostgreSQL.
    Callback {
        /// `on_start`, `on_stop` or `on_role_change`.
        action: String,
        /// `primary`, `replica`, …
        role: String,
    },
}

/// What the supervisor answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Yes,
    No,
    /// It is not known yet.
    Later,
}

/// A request and where its answer goes.
pub(crate) type Asked = (Request, oneshot::Sender<Answer>);

/// Listens; requests go to `asked`.
pub(crate) fn listen(path: &Path, asked: mpsc::Sender<Asked>) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let listener = UnixListener::bind(path)?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, asked.clone()));
        }
    });
    Ok(())
}

async fn serve(stream: UnixStream, asked: mpsc::Sender<Asked>) -> Option<()> {
    let mut stream = tokio::io::BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let request = serde_json::from_str(&line).ok()?;
    let (sender, answer) = oneshot::channel();
    asked.send((request, sender)).await.ok()?;
    let answer = serde_json::to_string(&answer.await.ok()?).ok()?;
    stream.write_all(format!("{answer}\n").as_bytes()).await.ok()
}

/// Asks the supervisor; nothing if it does not answer in time.
pub(crate) fn ask(path: &Path, request: &Request, patience: Duration) -> std::io::Result<Answer> {
    let mut stream = BlockingStream::connect(path)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(format!("{}\n", serde_json::to_string(request)?).as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_helper_is_answered() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("agent.sock");
        let (asked, mut requests) = mpsc::channel(1);
        listen(&path, asked).unwrap();
        let helper = tokio::task::spawn_blocking(move || {
            ask(
                &path,
                &Request::Initdb {
                    data: "/pgdata/hippo".to_owned(),
                },
                Duration::from_secs(5),
            )
            .unwrap()
        });
        let (request, answer) = requests.recv().await.unwrap();
        assert_eq!(
            request,
            Request::Initdb {
                data: "/pgdata/hippo".to_owned()
            }
        );
        answer.send(Answer::Yes).unwrap();
        assert_eq!(helper.await.unwrap(), Answer::Yes);
    }

    #[test]
    fn nobody_there_is_an_error_and_not_a_wait() {
        assert!(
            ask(
                Path::new("/nowhere/agent.sock"),
                &Request::Durable,
                Duration::from_mins(1)
            )
            .is_err()
        );
    }
}
