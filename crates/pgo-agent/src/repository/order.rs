//! Orders to the repository, one at a time. A client that goes away takes its command with it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use pgo_postgres::pgbackrest::command::{Command, Target};
use pgo_postgres::pgbackrest::info::{self, StanzaInfo};
use rustix::process::Signal;
use tokio::sync::{OwnedMutexGuard, mpsc};
use tracing::{info, warn};

use super::{Repository, half_made};
use crate::backrest::{Line, Order};
use crate::instance::patroni::mutual_client;
use crate::instance::settings::AGENT_PORT;
use crate::process::{self, How};

/// How long a primary is looked for.
const FIND_PRIMARY: Duration = Duration::from_secs(20);

/// An order cannot be carried out now.
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, format!("{}\n", self.1)).into_response()
    }
}

/// POST /backrest/stanza-create
pub(super) async fn stanza_create(State(repository): State<Arc<Repository>>) -> Result<Response, Refusal> {
    let turn = take_turn(&repository)?;
    let target = find_primary(&repository).await?;
    half_made::clear(&repository, &target).await;
    carry_out(&repository, &Command::StanzaCreate(target), turn)
}

/// POST /backrest/backup
pub(super) async fn backup(
    State(repository): State<Arc<Repository>>,
    Json(order): Json<Order>,
) -> Result<Response, Refusal> {
    let turn = take_turn(&repository)?;
    let target = find_primary(&repository).await?;
    carry_out(&repository, &Command::Backup(target, order.options), turn)
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

fn take_turn(repository: &Repository) -> Result<OwnedMutexGuard<()>, Refusal> {
    repository.busy.clone().try_lock_owned().map_err(|_| {
        Refusal(
            StatusCode::CONFLICT,
            "another pgBackRest command is running".to_owned(),
        )
    })
}

/// Asks the primary where its files are. After a failover it may take moments until one answers.
async fn find_primary(repository: &Repository) -> Result<Target, Refusal> {
    let unavailable = |why: String| Refusal(StatusCode::SERVICE_UNAVAILABLE, why);
    let client = mutual_client(&repository.certificates).map_err(|error| unavailable(error.to_string()))?;
    let url = format!("https://{}:{AGENT_PORT}/pgbackrest-target", repository.primary);
    let began = Instant::now();
    loop {
        let asked = async {
            let answer = client.get(&url).timeout(Duration::from_secs(3)).send().await?;
            answer.error_for_status()?.json::<Target>().await
        };
        match asked.await {
            Ok(target) => return Ok(target),
            Err(error) if began.elapsed() > FIND_PRIMARY => {
                return Err(unavailable(format!(
                    "no primary answers at {}: {error}",
                    repository.primary
                )));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Runs a command and streams what it says.
fn carry_out(
    repository: &Repository,
    command: &Command,
    turn: OwnedMutexGuard<()>,
) -> Result<Response, Refusal> {
    let mut pgbackrest = repository.pgbackrest(command);
    pgbackrest
        .args(["--log-level-console=info", "--no-log-timestamp"])
        .stdout(Stdio::piped());
    let mut child = repository.children.spawn(&mut pgbackrest).map_err(|error| {
        Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("pgbackrest cannot be started: {error}"),
        )
    })?;
    info!(
        command = command.name(),
        pid = child.pid,
        "an order is carried out"
    );
    let (lines, received) = mpsc::channel(64);
    let output = child.stdout.take();
    let logs = lines.clone();
    let reading = tokio::task::spawn_blocking(move || {
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
            .map_while(Result::ok)
        {
            info!("{line}");
            if logs.blocking_send(Line::Log(line)).is_err() {
                break;
            }
        }
    });
    let pid = child.pid;
    let name = command.name();
    tokio::spawn(async move {
        let mut end = child.end;
        let how = tokio::select! {
            how = &mut end => how,
            () = lines.closed() => {
                warn!(command = name, "the client has gone, the command is stopped");
                process::signal(pid, Signal::TERM);
                (&mut end).await
            }
        };
        let _ = reading.await;
        let status = match how {
            Ok(How::Exited(status)) => status,
            _ => 1,
        };
        info!(command = name, status, "the order has ended");
        let _ = lines.send(Line::Exit(status)).await;
        // The next order may begin only when this one has really ended.
        drop(turn);
    });
    let body = Body::from_stream(bodies(received));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

fn bodies(received: mpsc::Receiver<Line>) -> impl Stream<Item = Result<Bytes, serde_json::Error>> {
    futures::stream::unfold(received, |mut received| async move {
        let line = received.recv().await?;
        let text = serde_json::to_string(&line).map(|text| Bytes::from(text + "\n"));
        Some((text, received))
    })
}
