//! `pgo cat`

use pgo_api::CatRequest;

use crate::args::CatArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &CatArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.words, "cluster")?;
    let format = Format::to_report(&args.output)?;
    let request = CatRequest {
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
