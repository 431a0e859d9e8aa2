//! `pgo benchmark`

use pgo_api::CreateBenchmarkRequest;

use crate::args::BenchmarkArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

/// The exit code of a line that cannot be meant, which is that of no other command but `clone`.
const UNUSABLE: u8 = 1;

pub(super) async fn run(args: &BenchmarkArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector).map_err(|failure| failure.exiting_with(UNUSABLE))?;
    let format = Format::to_report(&args.output)?;
    let request = request(args, &context.namespace);
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "No clusters found.")
        })
        .await?;
    Ok(())
}

fn request(args: &BenchmarkArgs, namespace: &str) -> CreateBenchmarkRequest {
    CreateBenchmarkRequest {
        args: args.names.clone(),
        benchmark_opts: args.benchmark_opts.clone(),
        clients: args.clients,
        cluster_name: args.names.first().cloned().unwrap_or_default(),
        database: args.database.clone(),
        init_opts: args.init_opts.clone(),
        jobs: args.jobs,
        namespace: namespace.to_owned(),
        policy: args.policy.clone(),
        scale: args.scale,
        selector: args.selector.clone(),
        transactions: args.transactions,
        user: String::new(),
    }
}
