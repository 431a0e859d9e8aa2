//! What each command does: what was typed becomes a request, the answer becomes text.
//!
//! Requests and texts are made by functions without side effects; only [`Context`] reaches the world.

mod cluster;
pub(crate) mod completion;
mod create;
mod delete;
pub(crate) mod help;
mod output;
mod scale;
mod scaledown;
mod show;
mod status;
mod test;
mod version;

use crate::args::{Command, CreateCommand, DeleteCommand, ShowCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::printer::Printer;

/// What every command needs.
#[derive(Debug)]
pub(crate) struct Context {
    /// Namespace of the requests.
    pub namespace: String,
    /// The API server.
    pub client: Client,
    /// The user.
    pub printer: Printer,
}

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Create(args) => match args.what {
            Some(CreateCommand::Cluster(args)) => create::cluster::run(&args, context).await,
            None => Err(unknown_type("create", &["cluster"], &args.words)),
        },
        Command::Delete(args) => match args.what {
            Some(DeleteCommand::Cluster(args)) => delete::cluster::run(&args, context).await,
            None => Err(unknown_type("delete", &["cluster"], &args.words)),
        },
        Command::Show(args) => match args.what {
            Some(ShowCommand::Cluster(args)) => show::cluster::run(&args, context).await,
            Some(ShowCommand::Pvc(args)) => show::pvc::run(&args, context).await,
            Some(ShowCommand::Workflow(args)) => show::workflow::run(&args, context).await,
            None => Err(unknown_type("show", &["cluster", "pvc", "workflow"], &args.words)),
        },
        Command::Scale(args) => scale::run(&args, context).await,
        Command::Scaledown(args) => scaledown::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Test(args) => test::run(&args, context).await,
        Command::Version(_) => version::run(context).await,
        Command::Completion(args) => completion::run(context.printer, &args),
        Command::Help(args) => help::explain(context.printer, &args.words),
    }
}

/// Says what may follow `create`, `delete` or `show`.
fn unknown_type(verb: &str, types: &[&str], words: &[String]) -> Failure {
    let problem = match words.first() {
        Some(word) => format!("pgo cannot {verb} {word:?}"),
        None => format!("say what to {verb}"),
    };
    Failure::Usage(format!(
        "{problem}; valid resource types:\n    * {}",
        types.join("\n    * ")
    ))
}

/// Sorts out what may keep one of several requests from being carried out, but not the others.
///
/// A refusal is reported and remembered; any other failure ends the command.
fn tolerate<T>(
    outcome: Result<T, Failure>,
    context: &Context,
    refused: &mut bool,
) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(reply) => Ok(Some(reply)),
        Err(failure @ Failure::Refused(_)) => {
            context.printer.error(&failure);
            *refused = true;
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The end of a command whose refusals have been reported.
fn finish(refused: bool) -> Result<(), Failure> {
    if refused { Err(Failure::Reported) } else { Ok(()) }
}

/// Joins lines, each with its end.
fn lines(results: &[String]) -> String {
    results.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}
