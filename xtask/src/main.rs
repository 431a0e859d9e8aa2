//! The project's own tools, behind the Makefile: bring it up, show it, test it, take it away.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

mod apt;
mod build;
mod check;
mod cluster;
mod demo;
mod diagnose;
mod doctor;
mod down;
mod forward;
mod fuzz;
mod generate;
mod images;
mod lock;
mod paths;
mod say;
mod session;
mod tidy;
mod tool;
mod up;

/// Tools of the pgo repository.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Bring up the test bed (or use the cluster that KUBECONFIG names), images, operator and API server
    Up,
    /// Print `export` lines after which kubectl and pgo reach what `up` started
    Env,
    /// Take all of it away again
    Down,
    /// Show the main job: a highly available cluster that survives the loss of its primary
    Demo {
        /// Do not bring anything up or to the newest state first
        #[arg(long)]
        as_it_is: bool,
    },
    /// Run every test; arguments are passed to the end-to-end tests
    Test {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filters: Vec<String>,
    },
    /// Run everything that needs no Kubernetes
    Check,
    /// Print the project's figures, each beside its floor; arguments are passed to the bench program
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Feed every parser on the way in with input that nobody thought of, until told to stop
    Fuzz {
        /// For how long
        #[arg(default_value_t = 60)]
        minutes: u64,
    },
    /// Build the container images and print their sizes, or push them
    Images {
        /// Push them to this registry (HOST[:PORT]/PATH) under their content tags
        #[arg(long, value_name = "REGISTRY")]
        push: Option<String>,
        /// The registry speaks plain HTTP
        #[arg(long, requires = "push")]
        plain_http: bool,
        /// Take today's Debian packages instead of those of the last build
        #[arg(long)]
        fresh: bool,
    },
    /// Write the files that follow from code
    Generate {
        /// Only tell which of them are not up to date
        #[arg(long)]
        check: bool,
    },
    /// Check who imports whom, and that the documents name files that exist
    Tidy,
    /// Print what to look at when something went wrong
    Diagnose,
    /// Say what this machine lacks; as root on Debian, install it
    Doctor,
    #[command(name = forward::VERB, hide = true)]
    Forward {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        kubectl: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Args::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::note(format_args!("\nerror: {}", sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Up => up::run().map(drop),
        Verb::Env => {
            say::print(session::Session::load()?.exports());
            Ok(())
        }
        Verb::Down => down::run(),
        Verb::Demo { as_it_is } => demo::run(as_it_is),
        Verb::Test { filters } => check::test(&filters),
        Verb::Check => check::run(),
        Verb::Bench { args } => check::bench(&args),
        Verb::Fuzz { minutes } => fuzz::run(Duration::from_mins(minutes)),
        Verb::Images {
            push,
            plain_http,
            fresh,
        } => {
            doctor::prepare(&[doctor::Purpose::Images])?;
            let _turn = lock::take()?;
            images::preflight()?;
            images::run(
                push.map(|prefix| images::Registry {
                    prefix,
                    plain: plain_http,
                }),
                fresh,
            )
        }
        Verb::Generate { check } => generate::run(check),
        Verb::Tidy => tidy::run(),
        Verb::Diagnose => diagnose::run(),
        Verb::Doctor => doctor::run(),
        Verb::Forward { port, kubectl } => forward::serve(port, &kubectl),
    }
}

/// What is printed of an error: its chain, or the one remedy when the disk is full.
fn sentence(error: &anyhow::Error) -> String {
    let full = |cause: &&(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull)
            || cause.to_string().starts_with(tool::FULL)
    };
    match error.chain().find(full) {
        Some(_) => tool::FULL.to_owned(),
        None => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_verbs_are_well_formed() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_full_disk_is_one_sentence_wherever_it_is_noticed() {
        let io: Result<(), _> = Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
        let error = io.context("/some/file").context("image base").unwrap_err();
        assert_eq!(sentence(&error), tool::FULL);
        assert_eq!(
            sentence(&anyhow::anyhow!("inner").context("outer")),
            "outer: inner"
        );
    }
}
