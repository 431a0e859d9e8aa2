//! `pgo show benchmark`

use pgo_api::ShowBenchmarkRequest;

use crate::args::ShowBenchmarkArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowBenchmarkArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_show(&args.output)?;
    let request = ShowBenchmarkRequest {
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
