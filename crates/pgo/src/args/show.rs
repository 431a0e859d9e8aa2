//! `pgo show`: what may follow it.

use clap::{Args, Subcommand};

use super::cluster::ShowClusterArgs;
use super::pvc::ShowPvcArgs;
use super::workflow::ShowWorkflowArgs;

/// `pgo show`
#[derive(Debug, Args)]
#[command(override_usage = "pgo show [command]")]
pub(crate) struct ShowArgs {
    /// What follows when it is no command.
    #[arg(hide = true)]
    pub words: Vec<String>,
    #[command(subcommand)]
    pub what: Option<ShowCommand>,
}

/// What to show.
#[derive(Debug, Subcommand)]
pub(crate) enum ShowCommand {
    /// Show PostgreSQL clusters and what belongs to them.
    Cluster(ShowClusterArgs),
    /// Show the volume claims of clusters.
    Pvc(ShowPvcArgs),
    /// Show how far a workflow has come.
    Workflow(ShowWorkflowArgs),
}
