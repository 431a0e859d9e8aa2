//! `pgo delete benchmark`

use pgo_api::DeleteBenchmarkRequest;

use crate::args::DeleteBenchmarkArgs;
use crate::commands::{Context, Format, NO, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &DeleteBenchmarkArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeleteBenchmarkRequest {
        args: args.names.clone(),
        namespace: context.namespace.clone(),
        cluster_name: args.names.first().cloned().unwrap_or_default(),
        selector: args.selector.clone(),
    };
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "No clusters found.")
        })
        .await?;
    Ok(())
}
