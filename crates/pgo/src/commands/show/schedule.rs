//! `pgo show schedule`

use pgo_api::ShowScheduleRequest;

use crate::args::ShowScheduleArgs;
use crate::commands::{Context, Format, lines_or, schedule};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowScheduleArgs, context: &Context) -> Result<(), Failure> {
    schedule::demand(&args.names, &args.schedule_name, &args.selector)?;
    let format = Format::to_show(&args.output)?;
    // A selector wins over a name, unlike at `delete schedule`.
    let name = args.names.first().filter(|_| args.selector.is_empty());
    let request = ShowScheduleRequest {
        namespace: context.namespace.clone(),
        schedule_name: args.schedule_name.clone(),
        cluster_name: name.cloned().unwrap_or_default(),
        selector: args.selector.clone(),
    };
    context
        .exchange(&request, format, |reply| lines_or(&reply.results, schedule::NONE))
        .await?;
    Ok(())
}
