//! Orders to the repository, one at a time. A client that goes away takes its command with it.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use pgo_postgres::pgbackrest::command::{Command, Target};
use pgo_postgres::pgbackrest::info::{self, StanzaInfo};
use tokio::sync::{OwnedMutexGuard, mpsc};

use super::run::{Client, run};
use super::{Repository, primary, stanza};
use crate::backrest::{Line, Order};
use crate::process::How;

/// How long a primary is looked for.
const FIND_PRIMARY: Duration = Duration::from_secs(20);

/// How long the making of a stanza waits for its turn.
const TURN: Duration = Duration::from_mins(1);

/// An order cannot be carried out now.
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, format!("{}\n", self.1)).into_response()
    }
}

/// POST /backrest/stanza-create
pub(super) async fn stanza_create(State(repository): State<Arc<Repository>>) -> Result<Response, Refusal> {
    // The repository may be making it by itself, which takes a moment; twice is no harm.
    let turn = tokio::time::timeout(TURN, repository.busy.clone().lock_owned())
        .await
        .map_err(|_| busy())?;
    let target = find_primary(&repository).await?;
    Ok(carry_out(turn, async move |client| {
        stanza::make(&repository, target, &client).await
    }))
}

/// POST /backrest/backup
pub(super) async fn backup(
    State(repository): State<Arc<Repository>>,
    Json(order): Json<Order>,
) -> Result<Response, Refusal> {
    let turn = repository.busy.clone().try_lock_owned().map_err(|_| busy())?;
    let target = find_primary(&repository).await?;
    let command = Command::Backup(target, order.options);
    Ok(carry_out(turn, async move |client| {
        run(&repository, &command, &client).await
    }))
}

/// GET /backrest/info
pub(super) async fn info(
    State(repository): State<Arc<Repository>>,
) -> Result<Json<Vec<StanzaInfo>>, Refusal> {
    let failed = |why: String| Refusal(StatusCode::BAD_GATEWAY, why);
    let mut command = repository.pgbackrest(&Command::Info);
    let mut child = repository
        .children
        .spawn(command.stdout(Stdio::piped()))
        .map_err(|error| failed(format!("pgbackrest cannot be started: {error}")))?;
    let output = child.stdout.take();
    let text = tokio::task::spawn_blocking(move || {
        output
            .map(std::io::read_to_string)
            .transpose()
            .map(Option::unwrap_or_default)
    })
    .await
    .map_err(|error| failed(error.to_string()))?
    .map_err(|error| failed(error.to_string()))?;
    match child.end.await {
        Ok(How::Exited(0)) => info::parse(&text)
            .map(Json)
            .map_err(|error| failed(format!("pgbackrest's answer cannot be read: {error}"))),
        how => Err(failed(format!("pgbackrest ended with {how:?}"))),
    }
}

fn busy() -> Refusal {
    Refusal(
        StatusCode::CONFLICT,
        "another pgBackRest command is running".to_owned(),
    )
}

async fn find_primary(repository: &Repository) -> Result<Target, Refusal> {
    primary::find(repository, FIND_PRIMARY)
        .await
        .map_err(|why| Refusal(StatusCode::SERVICE_UNAVAILABLE, why))
}

/// Does the work, and streams what is said about it. The next order may begin only when this one has really ended.
fn carry_out<W>(turn: OwnedMutexGuard<()>, work: impl FnOnce(Client) -> W) -> Response
where
    W: Future<Output = i32> + Send + 'static,
{
    let (lines, received) = mpsc::channel(64);
    let work = work(Some(lines.clone()));
    tokio::spawn(async move {
        let status = work.await;
        let _ = lines.send(Line::Exit(status)).await;
        drop(turn);
    });
    let body = Body::from_stream(bodies(received));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

fn bodies(received: mpsc::Receiver<Line>) -> impl Stream<Item = Result<Bytes, serde_json::Error>> {
    futures::stream::unfold(received, |mut received| async move {
        let line = received.recv().await?;
        let text = serde_json::to_string(&line).map(|text| Bytes::from(text + "\n"));
        Some((text, received))
    })
}
