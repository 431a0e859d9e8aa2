//! `pgo create`

mod cluster;
mod namespace;
mod pgbouncer;
mod pgorole;
pub(super) mod pgouser;
mod policy;
mod schedule;
mod user;

use crate::args::{CreateArgs, CreateCommand};
use crate::commands::{Context, backup, unknown_type};
use crate::failure::Failure;

/// The only name that pgBouncer's user has on the wire of version 4.2.
const PGBOUNCER_USER: &str = "pgbouncer";

/// Runs the command that follows.
pub(super) async fn run(args: CreateArgs, context: &Context) -> Result<(), Failure> {
    match args.what {
        Some(CreateCommand::Backup(args)) => backup::run(&args, context).await,
        Some(CreateCommand::Cluster(args)) => cluster::run(&args, context).await,
        Some(CreateCommand::Namespace(args)) => namespace::run(&args, context).await,
        Some(CreateCommand::Pgbouncer(args)) => pgbouncer::run(&args, context).await,
        Some(CreateCommand::Pgorole(args)) => pgorole::run(&args, context).await,
        Some(CreateCommand::Pgouser(args)) => pgouser::run(&args, context).await,
        Some(CreateCommand::Policy(args)) => policy::run(&args, context).await,
        Some(CreateCommand::Schedule(args)) => schedule::run(&args, context).await,
        Some(CreateCommand::User(args)) => user::run(&args, context).await,
        None => Err(unknown_type::<CreateCommand>("create", "    * ", &args.words)),
    }
}
