//! `pgo apply`

use pgo_api::{ApplyPolicyRequest, VERSION};

use crate::args::ApplyArgs;
use crate::commands::{Context, Format, demand, label};
use crate::failure::Failure;

pub(super) async fn run(args: &ApplyArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    label::announce(args.dry_run, format, context)?;
    context
        .exchange(&request, format, |reply| text(&reply.name))
        .await?;
    Ok(())
}

fn request(args: &ApplyArgs, namespace: &str) -> Result<ApplyPolicyRequest, Failure> {
    demand::flag(
        &args.selector,
        "Selector",
        ": say with --selector to which clusters the policy is applied",
    )?;
    Ok(ApplyPolicyRequest {
        name: demand::first(&args.names, "policy")?.to_owned(),
        selector: args.selector.clone(),
        dry_run: args.dry_run,
        namespace: namespace.to_owned(),
        client_version: VERSION.to_owned(),
    })
}

fn text(deployments: &[String]) -> String {
    if deployments.is_empty() {
        return "No clusters found.\n".to_owned();
    }
    deployments
        .iter()
        .map(|name| format!("Applied policy on {name}\n"))
        .collect::<Vec<_>>()
        .concat()
}
