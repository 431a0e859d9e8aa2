//! `pgo delete pgorole`

use pgo_api::{DeletePgoroleRequest, VERSION};

use crate::args::DeletePgoroleArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &DeletePgoroleArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "pgorole")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeletePgoroleRequest {
        pgorole_name: args.names.clone(),
        namespace: context.namespace.clone(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
