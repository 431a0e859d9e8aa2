//! `pgo update`: what may follow it.

use clap::{Args, Subcommand};

use super::cluster::UpdateClusterArgs;
use super::namespace::UpdateNamespaceArgs;
use super::pgorole::UpdatePgoroleArgs;
use super::pgouser::UpdatePgouserArgs;
use super::user::UpdateUserArgs;

/// `pgo update`
#[derive(Debug, Args)]
#[command(override_usage = "pgo update [command]")]
pub(crate) struct UpdateArgs {
    /// What follows when it is no command.
    #[arg(hide = true)]
    pub words: Vec<String>,
    #[command(subcommand)]
    pub what: Option<UpdateCommand>,
}

/// What to update.
#[derive(Debug, Subcommand)]
pub(crate) enum UpdateCommand {
    /// Switch the automatic failover of clusters on or off.
    Cluster(UpdateClusterArgs),
    /// Renew what the operator needs in namespaces.
    Namespace(UpdateNamespaceArgs),
    /// Change what a role of pgo's users may do.
    Pgorole(UpdatePgoroleArgs),
    /// Change a user of pgo.
    Pgouser(UpdatePgouserArgs),
    /// Change a user of PostgreSQL.
    User(UpdateUserArgs),
}
