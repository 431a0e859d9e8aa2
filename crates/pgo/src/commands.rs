//! What each command does: what was typed becomes a request, the answer becomes text.
//!
//! Requests and texts are made by functions without side effects; only [`Context`] reaches the world.

mod cluster;
pub(crate) mod completion;
mod create;
mod delete;
pub(crate) mod help;
pub(crate) mod man;
mod output;
mod scale;
mod scaledown;
mod show;
mod status;
mod test;
mod version;

pub(crate) use output::Format;

use clap::Subcommand;
use pgo_api::Call;

use crate::args::{Command, CreateCommand, DeleteCommand, ShowCommand};
use crate::client::{Client, accepted};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::spelling::similar;

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

impl Context {
    /// Sends a request and prints what came of it: for people what `text` makes of the reply, for machines the answer.
    ///
    /// Machines get a refusal as an answer, too.
    async fn exchange<C: Call>(
        &self,
        request: &C,
        format: Format,
        text: impl FnOnce(&C::Reply) -> String,
    ) -> Result<C::Reply, Failure> {
        let answer = self.client.ask(request).await?;
        if let Some(document) = format.document(&answer)? {
            self.printer.write(&document)?;
            return accepted(answer).map_err(|_| Failure::Reported);
        }
        let reply = accepted(answer)?;
        self.printer.write(&text(&reply))?;
        Ok(reply)
    }
}

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Create(args) => match args.what {
            Some(CreateCommand::Cluster(args)) => create::cluster::run(&args, context).await,
            None => Err(unknown_type::<CreateCommand>("create", "    * ", &args.words)),
        },
        Command::Delete(args) => match args.what {
            Some(DeleteCommand::Cluster(args)) => delete::cluster::run(&args, context).await,
            None => Err(unknown_type::<DeleteCommand>("delete", "\t* ", &args.words)),
        },
        Command::Show(args) => match args.what {
            Some(ShowCommand::Cluster(args)) => show::cluster::run(&args, context).await,
            Some(ShowCommand::Pvc(args)) => show::pvc::run(&args, context).await,
            Some(ShowCommand::Workflow(args)) => show::workflow::run(&args, context).await,
            None => Err(unknown_type::<ShowCommand>("show", "\t* ", &args.words)),
        },
        Command::Scale(args) => scale::run(&args, context).await,
        Command::Scaledown(args) => scaledown::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Test(args) => test::run(&args, context).await,
        Command::Version(args) => version::run(&args, context).await,
        Command::Completion(args) => completion::run(context.printer, &args),
        Command::Man(args) => man::run(context.printer, &args),
        Command::Help(args) => help::explain(context.printer, &args.words),
    }
}

/// Says what may follow `create`, `delete`, `show` or `update`.
///
/// `bullet` stands before each type, as in version 4.2.
fn unknown_type<C: Subcommand>(verb: &str, bullet: &str, words: &[String]) -> Failure {
    let types = C::augment_subcommands(clap::Command::new("types"));
    let mut types: Vec<&str> = types.get_subcommands().map(clap::Command::get_name).collect();
    types.sort_unstable();
    let problem = match words.first() {
        Some(word) => {
            let near = similar(word, types.iter().copied());
            let meant = near.first().map(|near| format!(" (did you mean {near:?}?)"));
            format!("pgo cannot {verb} {word:?}{}", meant.unwrap_or_default())
        }
        None => format!("say what to {verb}"),
    };
    let types: String = types.iter().flat_map(|name| ["\n", bullet, name]).collect();
    Failure::Usage(format!("{problem}; valid resource types:{types}"))
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
        Err(failure @ (Failure::Refused(_) | Failure::Reported)) => {
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
