//! `pgo update`

mod cluster;
mod namespace;
mod pgorole;
mod pgouser;
mod user;

use crate::args::{UpdateArgs, UpdateCommand};
use crate::commands::{Context, unknown_type};
use crate::failure::Failure;

/// Runs the command that follows.
pub(super) async fn run(args: UpdateArgs, context: &Context) -> Result<(), Failure> {
    match args.what {
        Some(UpdateCommand::Cluster(args)) => cluster::run(&args, context).await,
        Some(UpdateCommand::Namespace(args)) => namespace::run(&args, context).await,
        Some(UpdateCommand::Pgorole(args)) => pgorole::run(&args, context).await,
        Some(UpdateCommand::Pgouser(args)) => pgouser::run(&args, context).await,
        Some(UpdateCommand::User(args)) => user::run(&args, context).await,
        None => Err(unknown_type::<UpdateCommand>("update", "\t* ", &args.words)),
    }
}
