//! `pgo update namespace`

use pgo_api::{UpdateNamespaceRequest, VERSION};

use crate::args::UpdateNamespaceArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &UpdateNamespaceArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.names, "namespace")?;
    let format = Format::to_report(&args.output)?;
    let request = UpdateNamespaceRequest {
        args: args.names.clone(),
        client_version: VERSION.to_owned(),
    };
    // One line, however many there are, and with a blank at its end, as in version 4.2.
    context
        .exchange(&request, format, |_| "namespace updated \n".to_owned())
        .await?;
    Ok(())
}
