//! `pgo update cluster`

use pgo_api::{UpdateClusterRequest, VERSION};

use crate::args::UpdateClusterArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &UpdateClusterArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters_or_all(&args.names, &args.selector, args.all)?;
    if args.autofail == Some(true) && args.disable_autofail {
        return Err(Failure::Usage(
            "--autofail and --disable-autofail contradict each other".to_owned(),
        ));
    }
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = UpdateClusterRequest {
        clustername: args.names.clone(),
        selector: args.selector.clone(),
        client_version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
        all_flag: args.all,
        // Without a flag it is switched on, as in version 4.2.
        autofail: args.autofail.unwrap_or(!args.disable_autofail),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}
