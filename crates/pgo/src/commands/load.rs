//! `pgo load`

mod selector;

use pgo_api::{LoadRequest, VERSION};

use crate::args::LoadArgs;
use crate::commands::{Context, Format, demand, file, lines};
use crate::failure::Failure;

pub(super) async fn run(args: &LoadArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    demand::flag(&args.load_config, "--load-config", ": it says what to load")?;
    selector::check(&args.selector)
        .map_err(|reason| Failure::Usage(format!("{:?} is no selector: {reason}", args.selector)))?;
    let format = Format::to_report(&args.output)?;
    let request = LoadRequest {
        args: args.names.clone(),
        selector: args.selector.clone(),
        namespace: context.namespace.clone(),
        load_config: file::read(&args.load_config)?,
        policies: args.policies.clone(),
        client_version: VERSION.to_owned(),
    };
    let outcome = context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await;
    match outcome {
        // Two lines, as in version 4.2.
        Err(Failure::Refused(reason)) => {
            Err(Failure::Refused(format!("Error in loading...\nError: {reason}")))
        }
        outcome => outcome.map(|_| ()),
    }
}
