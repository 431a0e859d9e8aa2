//! `pgo upgrade`

use pgo_api::{UpgradeRequest, VERSION};

use crate::args::UpgradeArgs;
use crate::commands::{Context, Format, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &UpgradeArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    let request = UpgradeRequest {
        args: args.names.clone(),
        selector: args.selector.clone(),
        namespace: context.namespace.clone(),
        ccp_image_tag: args.ccp_image_tag.clone(),
        client_version: VERSION.to_owned(),
    };
    // The first line is empty, as in version 4.2: the server says so.
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
