//! `pgo show`: what may follow it.

use clap::{Args, Subcommand};

use super::backup::ShowBackupArgs;
use super::benchmark::ShowBenchmarkArgs;
use super::cluster::ShowClusterArgs;
use super::config::ShowConfigArgs;
use super::namespace::ShowNamespaceArgs;
use super::pgorole::ShowPgoroleArgs;
use super::pgouser::ShowPgouserArgs;
use super::policy::ShowPolicyArgs;
use super::pvc::ShowPvcArgs;
use super::schedule::ShowScheduleArgs;
use super::user::ShowUserArgs;
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
    /// Show the backups of clusters.
    Backup(ShowBackupArgs),
    /// Show the results of benchmarks.
    Benchmark(ShowBenchmarkArgs),
    /// Show PostgreSQL clusters and what belongs to them.
    Cluster(ShowClusterArgs),
    /// Show the configuration of the operator.
    Config(ShowConfigArgs),
    /// Show namespaces and who may use them.
    Namespace(ShowNamespaceArgs),
    /// Show roles of pgo's users.
    Pgorole(ShowPgoroleArgs),
    /// Show users of pgo.
    Pgouser(ShowPgouserArgs),
    /// Show policies.
    Policy(ShowPolicyArgs),
    /// Show the volume claims of clusters.
    Pvc(ShowPvcArgs),
    /// Show schedules.
    Schedule(ShowScheduleArgs),
    /// Show users of PostgreSQL with their passwords.
    User(ShowUserArgs),
    /// Show how far a workflow has come.
    Workflow(ShowWorkflowArgs),
}
