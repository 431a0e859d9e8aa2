//! The HTTPS door of pgo: who are you, may you, then a custom resource.
//!
//! Start reading at [`router::table`]: it lists every route with the function that answers it.

mod app;
mod args;
mod auth;
mod certificate;
mod configuration;
mod elements;
mod metrics;
mod refusal;
mod registry;
mod router;
mod selector;
mod serve;
mod start;
mod telemetry;
mod tls;

#[cfg(test)]
mod testing;

use std::process::ExitCode;

use clap::Parser as _;
use tracing::error;

use crate::args::Args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    telemetry::start(args.debug());
    match start::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!(error = pgo_kube::chain(problem.as_ref()), "the server ends");
            start::exit_code(&problem)
        }
    }
}
