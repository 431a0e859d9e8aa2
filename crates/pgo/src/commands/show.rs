//! `pgo show`

mod backup;
mod benchmark;
mod cluster;
mod config;
mod namespace;
mod pgorole;
mod pgouser;
mod policy;
mod pvc;
mod schedule;
mod user;
mod workflow;

use crate::args::{ShowArgs, ShowCommand};
use crate::commands::{Context, unknown_type};
use crate::failure::Failure;

/// Runs the command that follows.
pub(super) async fn run(args: ShowArgs, context: &Context) -> Result<(), Failure> {
    match args.what {
        Some(ShowCommand::Backup(args)) => backup::run(&args, context).await,
        Some(ShowCommand::Benchmark(args)) => benchmark::run(&args, context).await,
        Some(ShowCommand::Cluster(args)) => cluster::run(&args, context).await,
        Some(ShowCommand::Config(args)) => config::run(&args, context).await,
        Some(ShowCommand::Namespace(args)) => namespace::run(&args, context).await,
        Some(ShowCommand::Pgorole(args)) => pgorole::run(&args, context).await,
        Some(ShowCommand::Pgouser(args)) => pgouser::run(&args, context).await,
        Some(ShowCommand::Policy(args)) => policy::run(&args, context).await,
        Some(ShowCommand::Pvc(args)) => pvc::run(&args, context).await,
        Some(ShowCommand::Schedule(args)) => schedule::run(&args, context).await,
        Some(ShowCommand::User(args)) => user::run(&args, context).await,
        Some(ShowCommand::Workflow(args)) => workflow::run(&args, context).await,
        None => Err(unknown_type::<ShowCommand>("show", "\t* ", &args.words)),
    }
}
