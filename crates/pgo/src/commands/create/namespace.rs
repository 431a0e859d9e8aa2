//! `pgo create namespace`

use pgo_api::{CreateNamespaceRequest, VERSION};

use crate::args::CreateNamespaceArgs;
use crate::commands::{Context, Format, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &CreateNamespaceArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.names, "namespace")?;
    let format = Format::to_report(&args.output)?;
    let request = CreateNamespaceRequest {
        args: args.names.clone(),
        namespace: context.namespace.clone(),
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
