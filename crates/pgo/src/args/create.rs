//! `pgo create`: what may follow it.

use clap::{Args, Subcommand};

use super::cluster::CreateClusterArgs;

/// `pgo create`
#[derive(Debug, Args)]
#[command(override_usage = "pgo create [command]")]
pub(crate) struct CreateArgs {
    /// What follows when it is no command.
    #[arg(hide = true)]
    pub words: Vec<String>,
    #[command(subcommand)]
    pub what: Option<CreateCommand>,
}

/// What to create.
#[derive(Debug, Subcommand)]
pub(crate) enum CreateCommand {
    /// Create a PostgreSQL cluster.
    Cluster(Box<CreateClusterArgs>),
}
