//! `pgo scale`

use pgo_api::{ScaleRequest, VERSION};

use crate::args::ScaleArgs;
use crate::commands::{Context, Format, demand, finish, lines, tolerate};
use crate::failure::Failure;
use crate::wait::{self, Goal};

/// The exit code of a no, which differs from that of other commands.
pub(super) const REFUSED: u8 = 2;

pub(super) async fn run(args: &ScaleArgs, context: &Context) -> Result<(), Failure> {
    let requests = requests(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, REFUSED)?;
    let (mut goals, mut refused) = (Vec::new(), false);
    for request in requests {
        let outcome = context
            .exchange(&request, format, |reply| lines(&reply.results))
            .await;
        if let Some(reply) = tolerate(outcome, context, &mut refused)? {
            let created = reply
                .results
                .iter()
                .filter_map(|line| line.strip_prefix("created Pgreplica "));
            goals.push(Goal::scaled(
                &request.name,
                created.map(ToOwned::to_owned).collect(),
            ));
        }
    }
    if args.wait.wait {
        wait::until(goals, args.wait.timeout, format, context).await?;
    }
    finish(refused)
}

fn requests(args: &ScaleArgs, namespace: &str) -> Result<Vec<ScaleRequest>, Failure> {
    demand::names(&args.names, "cluster")?;
    if args.replica_count < 1 {
        return Err(Failure::Usage(
            "--replica-count must be greater than 0".to_owned(),
        ));
    }
    let request = |name: &String| ScaleRequest {
        name: name.clone(),
        replica_count: args.replica_count.to_string(),
        resources_config: args.resources_config.clone(),
        storage_config: args.storage_config.clone(),
        node_label: args.node_label.clone(),
        version: VERSION.to_owned(),
        ccp_image_tag: args.ccp_image_tag.clone(),
        service_type: args.service_type.clone(),
        namespace: namespace.to_owned(),
    };
    Ok(args.names.iter().map(request).collect())
}
