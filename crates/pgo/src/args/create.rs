//! `pgo create`: what may follow it.

use clap::{Args, Subcommand};

use super::backup::BackupArgs;
use super::cluster::CreateClusterArgs;
use super::namespace::CreateNamespaceArgs;
use super::pgbouncer::CreatePgbouncerArgs;
use super::pgorole::CreatePgoroleArgs;
use super::pgouser::CreatePgouserArgs;
use super::policy::CreatePolicyArgs;
use super::schedule::CreateScheduleArgs;
use super::user::CreateUserArgs;

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
    /// Back up clusters: the same as backup.
    #[command(hide = true)]
    Backup(BackupArgs),
    /// Create a PostgreSQL cluster.
    Cluster(Box<CreateClusterArgs>),
    /// Create namespaces for clusters.
    Namespace(CreateNamespaceArgs),
    /// Put pgBouncer in front of clusters.
    Pgbouncer(CreatePgbouncerArgs),
    /// Create a role of pgo's users.
    Pgorole(CreatePgoroleArgs),
    /// Create a user of pgo.
    Pgouser(CreatePgouserArgs),
    /// Create a policy: SQL that can be applied to clusters.
    Policy(CreatePolicyArgs),
    /// Create a schedule of backups or policies.
    Schedule(Box<CreateScheduleArgs>),
    /// Create a user of PostgreSQL.
    User(CreateUserArgs),
}
