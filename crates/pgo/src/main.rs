//! The command line client: arguments become one request, its answer becomes text.
//!
//! It talks to the API server only, never to Kubernetes.

mod args;
mod client;
mod commands;
mod completion;
#[cfg(test)]
mod docs;
mod failure;
mod man;
mod nsq;
mod printer;
mod program;
mod session;
mod spelling;
mod wait;

use std::cell::Cell;
use std::process::ExitCode;

use args::{Command, Pgo, Request};
use client::Client;
use commands::Context;
use failure::Failure;
use printer::Printer;
use program::Program;
use session::{Environment, Session};

fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args_os()
        .map(|item| item.to_string_lossy().into_owned())
        .collect();
    let environment = Environment::of_process();
    let program = Program::called(&argv);
    let printer = |debug| Printer::new(&environment, program, debug);
    if program == Program::KubectlCompletion {
        let words = argv.get(1..).unwrap_or_default();
        return exit(
            printer(false),
            printer(false).write(&completion::for_kubectl(words)),
        );
    }

    let pgo = match args::parse(&argv) {
        Ok(Request::Run(pgo)) => *pgo,
        Ok(Request::Explain(words)) => {
            return exit(printer(false), commands::help::explain(printer(false), &words));
        }
        Err(complaint) => {
            printer(false).complaint(&complaint.message, &complaint.advice);
            return ExitCode::FAILURE;
        }
    };
    let printer = printer(pgo.global.debug);
    exit(printer, run(pgo, &environment, printer))
}

fn exit(printer: Printer, outcome: Result<(), Failure>) -> ExitCode {
    let Err(failure) = outcome else {
        return ExitCode::SUCCESS;
    };
    printer.error(&failure);
    ExitCode::from(failure.exit_code())
}

/// Runs a command: those that need no server at once, the others after the start-up of version 4.2.
fn run(pgo: Pgo, environment: &Environment, printer: Printer) -> Result<(), Failure> {
    let Some(command) = pgo.command else {
        return commands::help::explain(printer, &[]);
    };
    match command {
        Command::Help(args) => return commands::help::explain(printer, &args.words),
        Command::Completion(args) => return commands::completion::run(printer, &args),
        Command::Man(args) => return commands::man::run(printer, &args),
        _ => {}
    }
    let session = Session::open(&pgo.global, environment)?;
    printer.debug(format_args!(
        "server {}, namespace {:?}, user {:?}",
        session.server, session.namespace, session.credentials.username
    ));
    // A provider that is installed already is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::new(&session)?;
    if environment.get("GENERATE_BASH_COMPLETION").is_some() {
        completion::write_for_bash(printer);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let context = Context {
        namespace: session.namespace,
        default_namespace: session.default_namespace,
        client,
        printer,
        found_nothing: Cell::new(false),
    };
    let outcome = runtime.block_on(commands::run(command, &context));
    // A name that is still being looked up is nobody's business any more.
    runtime.shutdown_background();
    outcome
}
