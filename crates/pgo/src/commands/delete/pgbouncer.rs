//! `pgo delete pgbouncer`

use pgo_api::{DeletePgbouncerRequest, VERSION};

use crate::args::DeletePgbouncerArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &DeletePgbouncerArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeletePgbouncerRequest {
        args: args.names.clone(),
        selector: args.selector.clone(),
        namespace: context.namespace.clone(),
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
