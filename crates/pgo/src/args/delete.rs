//! `pgo delete`: what may follow it.

use clap::{Args, Subcommand};

use super::cluster::DeleteClusterArgs;

/// `pgo delete`
#[derive(Debug, Args)]
#[command(override_usage = "pgo delete [command]")]
pub(crate) struct DeleteArgs {
    /// What follows when it is no command.
    #[arg(hide = true)]
    pub words: Vec<String>,
    #[command(subcommand)]
    pub what: Option<DeleteCommand>,
}

/// What to delete.
#[derive(Debug, Subcommand)]
pub(crate) enum DeleteCommand {
    /// Delete PostgreSQL clusters.
    Cluster(DeleteClusterArgs),
}
