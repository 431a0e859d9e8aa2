//! What each command does: what was typed becomes a request, the answer becomes text.
//!
//! Requests and texts are made by functions without side effects; only [`Context`] reaches the world.

mod cluster;
mod demand;
mod file;
mod output;
mod suggestion;

mod apply;
mod backup;
mod benchmark;
mod cat;
mod clone;
pub(crate) mod completion;
mod create;
mod delete;
mod df;
mod failover;
pub(crate) mod help;
mod label;
mod load;
mod ls;
pub(crate) mod man;
mod reload;
mod restore;
mod scale;
mod scaledown;
mod schedule;
mod show;
mod status;
mod test;
mod update;
mod upgrade;
mod version;
mod watch;

pub(crate) use output::Format;

use std::cell::Cell;

use clap::Subcommand;
use pgo_api::Call;

use crate::args::Command;
use crate::client::{Client, accepted};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::spelling::similar;

/// The exit code of a no, but for `scale` and `scaledown`.
const NO: u8 = 0;

/// What every command needs.
#[derive(Debug)]
pub(crate) struct Context {
    /// Namespace of the requests.
    pub namespace: String,
    /// Namespace that the environment names, whatever the command line says.
    pub default_namespace: Option<String>,
    /// The API server.
    pub client: Client,
    /// The user.
    pub printer: Printer,
    /// Whether an answer was empty: what was named may be misspelt.
    pub found_nothing: Cell<bool>,
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
        if pgo_api::is_nothing(&reply) {
            self.found_nothing.set(true);
        }
        Ok(reply)
    }

    /// Asks whether the user is sure, unless told not to.
    fn confirm(&self, no_prompt: bool, format: Format, exit_code: u8) -> Result<(), Failure> {
        self.confirm_that("WARNING: Are you sure?", no_prompt, format, exit_code)
    }

    /// Asks this, unless told not to. Where a program reads the output, a person is asked beside it.
    fn confirm_that(
        &self,
        question: &str,
        no_prompt: bool,
        format: Format,
        exit_code: u8,
    ) -> Result<(), Failure> {
        let aside = format.is_for_machines();
        if no_prompt || self.printer.asks(question, aside)? {
            Ok(())
        } else {
            Err(Failure::Aborted { exit_code, aside })
        }
    }
}

/// Runs a command. A person who named a cluster that is not there hears which one may have been meant.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let names = suggestion::clusters_of(&command).to_vec();
    let outcome = dispatch(command, context).await;
    let is_missing = match &outcome {
        Ok(()) => context.found_nothing.get(),
        // It was there to be waited for; and who breaks off wants no more requests.
        Err(Failure::Interrupted(_)) => false,
        Err(_) => true,
    };
    if names.is_empty() || !is_missing || !context.printer.is_watched() {
        return outcome;
    }
    if let Err(failure) = &outcome {
        context.printer.error(failure);
    }
    suggestion::offer(&names, context).await;
    outcome.map_err(Failure::told)
}

async fn dispatch(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Apply(args) => apply::run(&args, context).await,
        Command::Backup(args) => backup::run(&args, context).await,
        Command::Benchmark(args) => benchmark::run(&args, context).await,
        Command::Cat(args) => cat::run(&args, context).await,
        Command::Clone(args) => clone::run(&args, context).await,
        Command::Completion(args) => completion::run(context.printer, &args),
        Command::Create(args) => create::run(args, context).await,
        Command::Delete(args) => delete::run(args, context).await,
        Command::Df(args) => df::run(&args, context).await,
        Command::Failover(args) => failover::run(&args, context).await,
        Command::Help(args) => help::explain(context.printer, &args.words),
        Command::Label(args) => label::run(&args, context).await,
        Command::Load(args) => load::run(&args, context).await,
        Command::Ls(args) => ls::run(&args, context).await,
        Command::Man(args) => man::run(context.printer, &args),
        Command::Reload(args) => reload::run(&args, context).await,
        Command::Restore(args) => restore::run(&args, context).await,
        Command::Scale(args) => scale::run(&args, context).await,
        Command::Scaledown(args) => scaledown::run(&args, context).await,
        Command::Show(args) => show::run(args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Test(args) => test::run(&args, context).await,
        Command::Update(args) => update::run(args, context).await,
        Command::Upgrade(args) => upgrade::run(&args, context).await,
        Command::Version(args) => version::run(&args, context).await,
        Command::Watch(args) => watch::run(&args, context).await,
    }
}

/// Says what may follow `create`, `delete`, `show` or `update`.
///
/// `bullet` stands before each type, as in version 4.2.
fn unknown_type<C: Subcommand>(verb: &str, bullet: &str, words: &[String]) -> Failure {
    let types = C::augment_subcommands(clap::Command::new("types"));
    let shown = types.get_subcommands().filter(|command| !command.is_hide_set());
    let mut types: Vec<&str> = shown.map(clap::Command::get_name).collect();
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

/// Joins lines, or says that there are none.
fn lines_or(results: &[String], nothing: &str) -> String {
    if results.is_empty() {
        return format!("{nothing}\n");
    }
    lines(results)
}
