//! `pgo update user`

use pgo_api::{UpdateUserRequest, VERSION};

use crate::args::UpdateUserArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

/// How long a new password is valid when nothing else is said, in days.
const VALID_DAYS: i64 = 30;

pub(super) async fn run(args: &UpdateUserArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters_or_all(&args.names, &args.selector, args.all)?;
    let format = Format::to_report(&args.output)?;
    let request = request(args, &context.namespace);
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "The server reports no change.")
        })
        .await?;
    Ok(())
}

fn request(args: &UpdateUserArgs, namespace: &str) -> UpdateUserRequest {
    UpdateUserRequest {
        clusters: args.names.clone(),
        selector: args.selector.clone(),
        all_flag: args.all,
        expire_user: args.expire_user,
        namespace: namespace.to_owned(),
        password_age_days: args.valid_days.unwrap_or(VALID_DAYS),
        password_age_days_update: args.valid_days.is_some(),
        username: args.username.clone(),
        password: args.password.clone().into(),
        expired: args.expired.clone(),
        managed_user: false,
        client_version: VERSION.to_owned(),
        password_length: args.password_length,
        ..UpdateUserRequest::default()
    }
}
