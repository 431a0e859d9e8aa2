//! `pgo reload`

use pgo_api::ReloadRequest;

use crate::args::ReloadArgs;
use crate::commands::{Context, Format, NO, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &ReloadArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = ReloadRequest {
        namespace: context.namespace.clone(),
        args: args.names.clone(),
        selector: args.selector.clone(),
    };
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "No clusters found.")
        })
        .await?;
    Ok(())
}
