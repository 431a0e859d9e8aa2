//! `pgo delete user`

use pgo_api::{DeleteUserRequest, VERSION};

use crate::args::DeleteUserArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &DeleteUserArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters_or_all(&args.names, &args.selector, args.all)?;
    demand::flag(&args.username, "--username", "")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeleteUserRequest {
        selector: args.selector.clone(),
        clusters: args.names.clone(),
        all_flag: args.all,
        username: args.username.clone(),
        client_version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
