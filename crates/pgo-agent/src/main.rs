//! `pgo-agent`: the one program inside the containers of a cluster.
//!
//! Called with a command, or as `initdb` or `pg_isready`, which is how Patroni calls it.

mod archive;

mod backrest;

mod certificates;

mod children;

mod helper;

mod https;

mod instance;

mod mount;

mod process;

mod replica;

mod repository;

mod title;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::error;
use tracing_subscriber::EnvFilter;

use crate::backrest::{Job, Verb};
use crate::instance::settings::{Environment, Settings};

/// The agent inside the containers of a PostgreSQL cluster.
#[derive(Parser)]
#[command(name = "pgo-agent", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Process 1 of a database container.
    Instance,
    /// Process 1 of a repository container.
    Repository,
    /// Have the repository carry out a pgBackRest command (in a Job).
    Backrest {
        verb: Verb,
        /// Options of pgBackRest.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Store one WAL file (called by PostgreSQL).
    ArchivePush {
        wal: String,
        /// With what. pgBackRest looks for its name in `archive_command` before it takes a backup.
        #[arg(long, default_value = "pgbackrest", value_parser = ["pgbackrest"])]
        with: String,
    },
    /// Fetch one WAL file (called by PostgreSQL).
    ArchiveGet { wal: String, to: String },
    /// Make a replica from the repository (called by Patroni).
    CreateReplica,
    /// Hear what Patroni did (called by Patroni).
    Callback {
        action: String,
        role: String,
        scope: String,
    },
    /// Set up a new database (called by Patroni).
    PostBootstrap { connection: Option<String> },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("PGO_LOG").unwrap_or_else(|_| EnvFilter::new("info,kube=warn")),
        )
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let mut words = std::env::args();
    let called = words.next().unwrap_or_default();
    let called = Path::new(&called).file_name().and_then(|name| name.to_str());
    if let Some(name @ ("initdb" | "pg_isready")) = called {
        let arguments: Vec<String> = words.collect();
        return with_settings(|settings| match name {
            "initdb" => helper::initdb(&settings, &arguments),
            _ => helper::pg_isready(&settings, &arguments),
        });
    }
    match Arguments::parse().command {
        Command::Instance => with_environment(|settings| block_on(2, instance::run(settings))),
        Command::Repository => block_on(2, repository::run(environment())),
        Command::Backrest { verb, options } => match Job::prepare() {
            Ok(job) => block_on(1, async move { job.run(verb, &options).await }),
            Err(complaint) => refuse(&complaint),
        },
        Command::ArchivePush { wal, with: _ } => with_settings(|settings| archive::push(&settings, &wal)),
        Command::ArchiveGet { wal, to } => with_settings(|settings| archive::get(&settings, &wal, &to)),
        Command::CreateReplica => with_settings(|settings| replica::create(&settings)),
        Command::Callback {
            action,
            role,
            scope: _,
        } => with_settings(|settings| helper::callback(&settings, action, role)),
        Command::PostBootstrap { connection: _ } => {
            with_settings(|settings| block_on(1, async move { helper::post_bootstrap(&settings).await }))
        }
    }
}

/// Runs with what the container's environment says.
fn with_environment(run: impl FnOnce(Settings) -> ExitCode) -> ExitCode {
    match Settings::from(&environment()) {
        Ok(settings) => run(settings),
        Err(complaint) => refuse(&complaint),
    }
}

/// Runs with what the supervisor of this container wrote down: Patroni hides the environment from its helpers.
fn with_settings(run: impl FnOnce(Settings) -> ExitCode) -> ExitCode {
    match Settings::recall(&environment()) {
        Ok(settings) => run(settings),
        Err(complaint) => refuse(&complaint),
    }
}

fn refuse(complaint: &str) -> ExitCode {
    error!("{complaint}");
    ExitCode::from(2)
}

fn environment() -> Environment {
    std::env::vars().collect()
}

fn block_on(threads: usize, future: impl Future<Output = ExitCode>) -> ExitCode {
    // The only provider in the program; installing it a second time is no harm.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let code = runtime.block_on(future);
            runtime.shutdown_background();
            code
        }
        Err(error) => refuse(&format!("the runtime cannot be started: {error}")),
    }
}
