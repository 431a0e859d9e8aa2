//! `pgo update pgorole`

use pgo_api::{UpdatePgoroleRequest, VERSION};

use crate::args::UpdatePgoroleArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &UpdatePgoroleArgs, context: &Context) -> Result<(), Failure> {
    let request = UpdatePgoroleRequest {
        name: String::new(),
        pgorole_permissions: args.permissions.clone(),
        pgorole_name: demand::first(&args.names, "pgorole")?.to_owned(),
        change_permissions: false,
        namespace: context.namespace.clone(),
        client_version: VERSION.to_owned(),
    };
    demand::flag(&args.permissions, "--permissions flag", "")?;
    let format = Format::to_report(&args.output)?;
    // With a blank at its end, as in version 4.2.
    context
        .exchange(&request, format, |_| "pgorole updated \n".to_owned())
        .await?;
    Ok(())
}
