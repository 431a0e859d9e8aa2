//! `pgo ls`

use pgo_api::LsRequest;

use crate::args::LsArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &LsArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.words, "cluster")?;
    let format = Format::to_report(&args.output)?;
    let request = LsRequest {
        namespace: context.namespace.clone(),
        args: args.words.clone(),
    };
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "No clusters found.")
        })
        .await?;
    Ok(())
}
