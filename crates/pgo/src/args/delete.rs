//! `pgo delete`: what may follow it.

use clap::{Args, Subcommand};

use super::backup::DeleteBackupArgs;
use super::benchmark::DeleteBenchmarkArgs;
use super::cluster::DeleteClusterArgs;
use super::label::DeleteLabelArgs;
use super::namespace::DeleteNamespaceArgs;
use super::pgbouncer::DeletePgbouncerArgs;
use super::pgorole::DeletePgoroleArgs;
use super::pgouser::DeletePgouserArgs;
use super::policy::DeletePolicyArgs;
use super::schedule::DeleteScheduleArgs;
use super::user::DeleteUserArgs;

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
    /// Delete backups of the kind that version 4.1 made.
    Backup(DeleteBackupArgs),
    /// Delete the results of benchmarks.
    Benchmark(DeleteBenchmarkArgs),
    /// Delete PostgreSQL clusters.
    Cluster(DeleteClusterArgs),
    /// Take labels away from clusters.
    Label(DeleteLabelArgs),
    /// Delete namespaces with all that is in them.
    Namespace(DeleteNamespaceArgs),
    /// Take pgBouncer away from clusters.
    Pgbouncer(DeletePgbouncerArgs),
    /// Delete roles of pgo's users.
    Pgorole(DeletePgoroleArgs),
    /// Delete users of pgo.
    Pgouser(DeletePgouserArgs),
    /// Delete policies.
    Policy(DeletePolicyArgs),
    /// Delete schedules.
    Schedule(DeleteScheduleArgs),
    /// Delete a user of PostgreSQL.
    User(DeleteUserArgs),
}
