//! `pgo create user`

use pgo_api::{CreateUserRequest, VERSION};

use crate::args::CreateUserArgs;
use crate::commands::{Context, Format, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &CreateUserArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters_or_all(&args.names, &args.selector, args.all)?;
    demand::flag(&args.username, "--username", "")?;
    let format = Format::to_report(&args.output)?;
    let request = CreateUserRequest {
        clusters: args.names.clone(),
        username: args.username.clone(),
        namespace: context.namespace.clone(),
        selector: args.selector.clone(),
        all_flag: args.all,
        password: args.password.clone().into(),
        managed_user: args.managed,
        password_age_days: args.valid_days,
        client_version: VERSION.to_owned(),
        password_length: args.password_length,
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
