//! `pgo delete pgouser`

use pgo_api::{DeletePgouserRequest, VERSION};

use crate::args::DeletePgouserArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &DeletePgouserArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "pgouser")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeletePgouserRequest {
        pgouser_name: args.names.clone(),
        namespace: context.namespace.clone(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
