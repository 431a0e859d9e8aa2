//! `pgo delete`

mod backup;
mod benchmark;
mod cluster;
mod label;
mod namespace;
mod pgbouncer;
mod pgorole;
mod pgouser;
mod policy;
mod schedule;
mod user;

use crate::args::{DeleteArgs, DeleteCommand};
use crate::commands::{Context, unknown_type};
use crate::failure::Failure;

/// Runs the command that follows.
pub(super) async fn run(args: DeleteArgs, context: &Context) -> Result<(), Failure> {
    match args.what {
        Some(DeleteCommand::Backup(args)) => backup::run(&args, context).await,
        Some(DeleteCommand::Benchmark(args)) => benchmark::run(&args, context).await,
        Some(DeleteCommand::Cluster(args)) => cluster::run(&args, context).await,
        Some(DeleteCommand::Label(args)) => label::run(&args, context).await,
        Some(DeleteCommand::Namespace(args)) => namespace::run(&args, context).await,
        Some(DeleteCommand::Pgbouncer(args)) => pgbouncer::run(&args, context).await,
        Some(DeleteCommand::Pgorole(args)) => pgorole::run(&args, context).await,
        Some(DeleteCommand::Pgouser(args)) => pgouser::run(&args, context).await,
        Some(DeleteCommand::Policy(args)) => policy::run(&args, context).await,
        Some(DeleteCommand::Schedule(args)) => schedule::run(&args, context).await,
        Some(DeleteCommand::User(args)) => user::run(&args, context).await,
        None => Err(unknown_type::<DeleteCommand>("delete", "\t* ", &args.words)),
    }
}
