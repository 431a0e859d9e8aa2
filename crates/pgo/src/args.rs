//! What was typed: the grammar of version 4.2, as types.
//!
//! Names are never demanded here. Version 4.2 looks at them after its start-up, so the commands do too.

mod complaint;
mod grammar;
mod offered;
mod value;

mod create;
mod delete;
mod show;
mod update;

mod backup;
mod benchmark;
mod clone;
mod cluster;
mod completion;
mod config;
mod df;
mod failover;
mod file;
mod help;
mod label;
mod load;
mod man;
mod namespace;
mod pgbouncer;
mod pgorole;
mod pgouser;
mod policy;
mod pvc;
mod reload;
mod restore;
mod scale;
mod schedule;
mod status;
mod upgrade;
mod user;
mod wait;
mod watch;
mod workflow;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};

pub(crate) use complaint::Complaint;
pub(crate) use create::{CreateArgs, CreateCommand};
pub(crate) use delete::{DeleteArgs, DeleteCommand};
pub(crate) use show::{ShowArgs, ShowCommand};
pub(crate) use update::{UpdateArgs, UpdateCommand};
pub(crate) use value::boolean;

use offered::REPORTED;

pub(crate) use backup::{BackupArgs, DeleteBackupArgs, ShowBackupArgs};
pub(crate) use benchmark::{BenchmarkArgs, DeleteBenchmarkArgs, ShowBenchmarkArgs};
pub(crate) use clone::CloneArgs;
pub(crate) use cluster::{
    CreateClusterArgs, DeleteClusterArgs, ShowClusterArgs, TestArgs, UpdateClusterArgs,
};
pub(crate) use completion::CompletionArgs;
pub(crate) use config::ShowConfigArgs;
pub(crate) use df::DfArgs;
pub(crate) use failover::FailoverArgs;
pub(crate) use file::{CatArgs, LsArgs};
pub(crate) use help::{HelpArgs, help_of, usage_of};
pub(crate) use label::{DeleteLabelArgs, LabelArgs};
pub(crate) use load::LoadArgs;
pub(crate) use man::ManArgs;
pub(crate) use namespace::{
    CreateNamespaceArgs, DeleteNamespaceArgs, ShowNamespaceArgs, UpdateNamespaceArgs,
};
pub(crate) use pgbouncer::{CreatePgbouncerArgs, DeletePgbouncerArgs};
pub(crate) use pgorole::{CreatePgoroleArgs, DeletePgoroleArgs, ShowPgoroleArgs, UpdatePgoroleArgs};
pub(crate) use pgouser::{CreatePgouserArgs, DeletePgouserArgs, ShowPgouserArgs, UpdatePgouserArgs};
pub(crate) use policy::{ApplyArgs, CreatePolicyArgs, DeletePolicyArgs, ShowPolicyArgs};
pub(crate) use pvc::ShowPvcArgs;
pub(crate) use reload::ReloadArgs;
pub(crate) use restore::RestoreArgs;
pub(crate) use scale::{ScaleArgs, ScaledownArgs};
pub(crate) use schedule::{CreateScheduleArgs, DeleteScheduleArgs, ShowScheduleArgs};
pub(crate) use status::StatusArgs;
pub(crate) use upgrade::UpgradeArgs;
pub(crate) use user::{CreateUserArgs, DeleteUserArgs, ShowUserArgs, UpdateUserArgs};
pub(crate) use watch::WatchArgs;
pub(crate) use workflow::ShowWorkflowArgs;

/// The command line client of the PostgreSQL operator.
///
/// pgo asks the operator's API server to create, show, change and remove PostgreSQL clusters.
#[derive(Debug, Parser)]
#[command(
    name = "pgo",
    disable_help_flag = true,
    disable_help_subcommand = true,
    subcommand_value_name = "command",
    override_usage = "pgo [command]",
    args_override_self = true
)]
pub(crate) struct Pgo {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(next_help_heading = "Global Flags")]
pub(crate) struct GlobalArgs {
    /// Address of the API server, for example `https://127.0.0.1:8443` (or `PGO_APISERVER_URL`).
    #[arg(long, global = true, value_name = "URL")]
    pub apiserver_url: Option<String>,
    /// Say on stderr what is done.
    #[arg(long, global = true)]
    pub debug: bool,
    /// Speak plain HTTP (or `DISABLE_TLS`).
    #[arg(long, global = true)]
    pub disable_tls: bool,
    /// Do not trust the authorities of the operating system (or `EXCLUDE_OS_TRUST`).
    #[arg(long, global = true)]
    pub exclude_os_trust: bool,
    /// Help for the command.
    #[arg(long, short = 'h', global = true)]
    pub help: bool,
    /// Namespace that the request is about (or `PGO_NAMESPACE`).
    #[arg(long, short = 'n', global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// File with the certificates that are trusted (or `PGO_CA_CERT`).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pgo_ca_cert: Option<String>,
    /// File with the client's certificate (or `PGO_CLIENT_CERT`).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pgo_client_cert: Option<String>,
    /// File with the key of the client's certificate (or `PGO_CLIENT_KEY`).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pgo_client_key: Option<String>,
    /// Accept any certificate of the server, as version 4.2 did (or `PGO_TLS_NO_VERIFY`). Unsafe.
    #[arg(long, global = true)]
    pub tls_no_verify: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply a policy to clusters.
    Apply(ApplyArgs),
    /// Back up clusters.
    Backup(BackupArgs),
    /// Run pgbench against a cluster.
    Benchmark(BenchmarkArgs),
    /// Show files of a cluster's primary.
    Cat(CatArgs),
    /// Make a new cluster from the backups of another.
    Clone(CloneArgs),
    /// Write a completion script for a shell.
    Completion(CompletionArgs),
    /// Create clusters, users, policies and more.
    Create(CreateArgs),
    /// Delete clusters, users, policies and more.
    Delete(DeleteArgs),
    /// Show how full the volumes of clusters are.
    Df(DfArgs),
    /// Make a replica the primary.
    Failover(FailoverArgs),
    /// Help for a command.
    Help(HelpArgs),
    /// Label clusters.
    Label(LabelArgs),
    /// Load data into clusters.
    Load(LoadArgs),
    /// List directories of a cluster's primary.
    Ls(LsArgs),
    /// Write manual pages.
    Man(ManArgs),
    /// Let clusters read their configuration again.
    Reload(ReloadArgs),
    /// Restore a cluster from a backup.
    Restore(RestoreArgs),
    /// Add replicas to clusters.
    Scale(ScaleArgs),
    /// Remove a replica from a cluster.
    Scaledown(ScaledownArgs),
    /// Show clusters, users, policies and more.
    Show(ShowArgs),
    /// Summarise a namespace.
    Status(StatusArgs),
    /// Test whether clusters can be reached.
    Test(TestArgs),
    /// Change clusters, users and more.
    Update(UpdateArgs),
    /// Upgrade clusters to another image of the same PostgreSQL.
    Upgrade(UpgradeArgs),
    /// Show the versions of client and server.
    Version(VersionArgs),
    /// Follow the events that an event server of version 4.2 publishes.
    Watch(WatchArgs),
}

/// `pgo version`
#[derive(Debug, Args)]
#[command(override_usage = "pgo version [flags]")]
pub(crate) struct VersionArgs {
    /// Not used.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}

/// The command tree as people see it: help, completions and documentation come from it.
pub(crate) fn tree() -> clap::Command {
    dressed(Pgo::command())
}

/// Puts flags under their heading in the order of the alphabet, keeps silent about defaults that are nothing and about
/// values that the help text names already, and takes the marks of Rust's documentation out of it.
fn dressed(command: clap::Command) -> clap::Command {
    let mut order: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(ToOwned::to_owned))
        .collect();
    order.sort_unstable();
    command
        .subcommand_help_heading("Available Commands")
        .mut_args(|arg| {
            let place = arg
                .get_long()
                .and_then(|long| order.iter().position(|other| other == long));
            let arg = match arg.get_help().map(ToString::to_string) {
                Some(help) => arg.help(help.replace('`', "")),
                None => arg,
            };
            let arg = if arg.get_help_heading().is_none() {
                arg.help_heading("Flags")
            } else {
                arg
            };
            let is_nothing = arg
                .get_default_values()
                .first()
                .is_some_and(|value| value.is_empty());
            let takes_values = arg.get_action().takes_values();
            arg.display_order(place.unwrap_or_default())
                .hide_default_value(is_nothing)
                .hide_possible_values(takes_values)
        })
        .mut_subcommands(dressed)
}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Run a command.
    Run(Box<Pgo>),
    /// Explain the command that these words name; none is `pgo` itself.
    Explain(Vec<String>),
}

/// Reads a command line; the first item is the program's name.
pub(crate) fn parse(argv: &[String]) -> Result<Request, Complaint> {
    let tree = tree();
    let (path, argv) = grammar::commands_first(&tree, argv);
    let matches = grammar::parser(tree)
        .try_get_matches_from(&argv)
        .map_err(|error| Complaint::new(&error, &path, &argv))?;
    if matches.get_flag("help") || matches.subcommand().is_none() {
        return Ok(Request::Explain(path));
    }
    let pgo = Pgo::from_arg_matches(&matches).map_err(|error| Complaint::new(&error, &path, &argv))?;
    Ok(Request::Run(Box::new(pgo)))
}

#[cfg(test)]
mod tests;
