//! `pgo create pgorole`

use pgo_api::{CreatePgoroleRequest, VERSION};

use crate::args::CreatePgoroleArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &CreatePgoroleArgs, context: &Context) -> Result<(), Failure> {
    let request = CreatePgoroleRequest {
        pgorole_name: demand::first(&args.names, "pgorole")?.to_owned(),
        pgorole_permissions: args.permissions.clone(),
        namespace: context.namespace.clone(),
        client_version: VERSION.to_owned(),
    };
    demand::flag(&args.permissions, "--permissions flag", "")?;
    let format = Format::to_report(&args.output)?;
    context
        .exchange(&request, format, |_| "Created pgorole.\n".to_owned())
        .await?;
    Ok(())
}
