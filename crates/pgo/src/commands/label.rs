//! `pgo label`

use pgo_api::{LabelRequest, VERSION};

use crate::args::LabelArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &LabelArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    announce(args.dry_run, format, context)?;
    context
        .exchange(&request, format, |reply| text(&reply.results))
        .await?;
    Ok(())
}

/// Says that nothing is going to change: version 4.2 does so before it asks, and speaks of a label for policies, too.
pub(super) fn announce(dry_run: bool, format: Format, context: &Context) -> Result<(), Failure> {
    if dry_run && !format.is_for_machines() {
        context
            .printer
            .line("The label would have been applied on the following:")?;
    }
    Ok(())
}

fn request(args: &LabelArgs, namespace: &str) -> Result<LabelRequest, Failure> {
    demand::clusters(&args.names, &args.selector)?;
    demand::flag(&args.label, "--label", "")?;
    Ok(LabelRequest {
        selector: args.selector.clone(),
        namespace: namespace.to_owned(),
        args: args.names.clone(),
        label_cmd_label: args.label.clone(),
        dry_run: args.dry_run,
        delete_label: false,
        client_version: VERSION.to_owned(),
    })
}

fn text(clusters: &[String]) -> String {
    clusters
        .iter()
        .map(|cluster| format!("Label applied on {cluster}\n"))
        .collect::<Vec<_>>()
        .concat()
}
