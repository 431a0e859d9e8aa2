//! `pgo delete schedule`

use pgo_api::DeleteScheduleRequest;

use crate::args::DeleteScheduleArgs;
use crate::commands::{Context, Format, NO, lines_or, schedule};
use crate::failure::Failure;

pub(super) async fn run(args: &DeleteScheduleArgs, context: &Context) -> Result<(), Failure> {
    schedule::demand(&args.names, &args.schedule_name, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeleteScheduleRequest {
        namespace: context.namespace.clone(),
        schedule_name: args.schedule_name.clone(),
        cluster_name: args.names.first().cloned().unwrap_or_default(),
        selector: args.selector.clone(),
    };
    context
        .exchange(&request, format, |reply| lines_or(&reply.results, schedule::NONE))
        .await?;
    Ok(())
}
