//! `pgo delete label`

use pgo_api::{DeleteLabelRequest, VERSION};

use crate::args::DeleteLabelArgs;
use crate::commands::{Context, Format, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &DeleteLabelArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    demand::flag(&args.label, "--label", "")?;
    let request = DeleteLabelRequest {
        selector: args.selector.clone(),
        namespace: context.namespace.clone(),
        args: args.names.clone(),
        label_cmd_label: args.label.clone(),
        client_version: VERSION.to_owned(),
    };
    let format = Format::to_report(&args.output)?;
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
