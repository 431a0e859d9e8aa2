//! `pgo-agent repository`: process 1 of the container that keeps a cluster's backups and WAL.
//!
//! It runs `pgbackrest server`, to which instances push their WAL, and takes orders over HTTPS: stanza-create, backup,
//! info. Before an order that needs the database it asks the primary where its files are, because the primary moves.
//! What was lost under a living cluster it makes anew by itself.

mod run;

mod primary;

mod half_made;

mod stanza;

mod loss;

mod order;

#[cfg(test)]
mod testing;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use pgo_postgres::pgbackrest::command::{self, Stanza};
use pgo_postgres::pgbackrest::config::{Config, Side, Tls};
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use crate::certificates::{Certificates, Current};
use crate::children::{Child, Children};
use crate::instance::files;
use crate::instance::settings::{AGENT_PORT, Environment};
use crate::{https, process};

/// How long `pgbackrest server` gets to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// What a repository is told by its environment.
pub(crate) struct Repository {
    /// Where the primary is reached.
    primary: String,
    stanza: Stanza,
    /// Where backups and WAL are.
    path: PathBuf,
    /// What the operator says about the cluster, one file for each key.
    config: PathBuf,
    conf: PathBuf,
    /// pgBackRest.
    program: PathBuf,
    certificates: Certificates,
    children: Children,
    /// Held while an order is carried out: pgBackRest has one lock for all of them.
    busy: Arc<tokio::sync::Mutex<()>>,
    serving: AtomicBool,
}

/// Runs until the container is asked to stop.
pub(crate) async fn run(env: Environment) -> ExitCode {
    match serve(&env).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(env: &Environment) -> anyhow::Result<()> {
    let (repository, mut identity) = prepare(env)?;
    let repository = Arc::new(repository);
    let listener = https::listen(AGENT_PORT).await?;
    tokio::spawn(https::serve(
        listener,
        identity.clone(),
        router(repository.clone()),
    ));
    tokio::spawn(loss::repair(repository.clone()));

    let mut child_ended = signal(SignalKind::child())?;
    let mut term = signal(SignalKind::terminate())?;
    // A signal that comes before the server expects it ends it, and what it reads at its start is the newest.
    identity.mark_unchanged();
    let mut server = start_server(&repository)?;
    loop {
        tokio::select! {
            _ = child_ended.recv() => { repository.children.reap(); }
            // Certificates are read by it at its start and when it is told to; by every other command when it begins.
            Ok(()) = identity.changed() => process::signal(server.pid, Signal::HUP),
            how = &mut server.end => {
                warn!(?how, "pgbackrest server has ended and is started again");
                repository.serving.store(false, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                identity.mark_unchanged();
                server = start_server(&repository)?;
            }
            _ = term.recv() => break,
        }
    }
    info!("asked to stop");
    process::signal(server.pid, Signal::TERM);
    let _ = tokio::time::timeout(STOP_PATIENCE, async {
        loop {
            tokio::select! {
                _ = child_ended.recv() => { repository.children.reap(); }
                _ = &mut server.end => return,
            }
        }
    })
    .await;
    Ok(())
}

fn prepare(env: &Environment) -> anyhow::Result<(Repository, Current)> {
    let variable = |name: &str| env.get(name).filter(|value| !value.is_empty()).cloned();
    let cluster = variable("PGHA_CLUSTER")
        .ok_or_else(|| anyhow::anyhow!("the environment variable PGHA_CLUSTER is not set"))?;
    let stanza = Stanza(variable("PGBACKREST_STANZA").unwrap_or_else(|| "db".to_owned()));
    let primary = variable("PGHA_PRIMARY_HOST").unwrap_or_else(|| cluster.clone());
    let path = variable("PGBACKREST_REPO1_PATH")
        .unwrap_or_else(|| format!("/backrestrepo/{cluster}-backrest-shared-repo"));
    let tmp = PathBuf::from(variable("PGHA_TMP").unwrap_or_else(|| "/tmp".to_owned()));
    let mounted = PathBuf::from(variable("PGHA_CONF").unwrap_or_else(|| "/pgconf".to_owned()));

    let scratch = tmp.join("pgbackrest");
    for directory in ["lock", "spool", "log"] {
        files::make_directory(&scratch.join(directory))?;
    }
    files::make_directory(path.as_ref()).map_err(|error| {
        anyhow::anyhow!("{error} (does the storage configuration of the repository set the right fsgroup?)")
    })?;
    let certificates = Certificates::below(&tmp.join("pgo-agent"));
    let identity = certificates.follow(&mounted.join("tls"))?;
    let conf = scratch.join("pgbackrest.conf");
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let config = Config {
        stanza: stanza.clone(),
        scratch: text(&scratch),
        tls: Tls {
            ca: text(&certificates.ca),
            certificate: text(&certificates.certificate),
            key: text(&certificates.key),
            client: format!("{cluster}-instance"),
        },
        side: Side::Repository {
            primary_host: primary.clone(),
            path: path.clone(),
            process_max: 2,
        },
    };
    files::write_private(&conf, config.render().as_bytes())?;
    let repository = Repository {
        primary,
        stanza,
        path: path.into(),
        config: mounted.join("config"),
        conf,
        program: "pgbackrest".into(),
        certificates,
        children: Children::default(),
        busy: Arc::default(),
        serving: AtomicBool::new(false),
    };
    Ok((repository, identity))
}

impl Repository {
    /// A pgBackRest that reads nothing but our configuration.
    fn pgbackrest(&self, command: &command::Command) -> Command {
        let mut pgbackrest = Command::new(&self.program);
        pgbackrest
            .args(command.argv(&self.conf.to_string_lossy(), &self.stanza))
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PGBACKREST_") {
                pgbackrest.env_remove(name);
            }
        }
        pgbackrest
    }
}

fn start_server(repository: &Repository) -> anyhow::Result<Child> {
    let child = repository
        .children
        .spawn(&mut repository.pgbackrest(&command::Command::Server))?;
    repository.serving.store(true, Ordering::Relaxed);
    info!(pid = child.pid, "pgbackrest server was started");
    Ok(child)
}

fn router(repository: Arc<Repository>) -> Router {
    let open = Router::new()
        .route("/readiness", get(readiness))
        .route("/liveness", get(|| async { "the agent turns\n" }))
        .with_state(repository.clone());
    let closed = Router::new()
        .route("/backrest/stanza-create", post(order::stanza_create))
        .route("/backrest/backup", post(order::backup))
        .route("/backrest/info", get(order::info))
        .with_state(repository);
    https::guarded(open, closed)
}

async fn readiness(State(repository): State<Arc<Repository>>) -> (StatusCode, &'static str) {
    if repository.serving.load(Ordering::Relaxed) {
        (StatusCode::OK, "pgbackrest server runs\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "pgbackrest server does not run\n",
        )
    }
}
