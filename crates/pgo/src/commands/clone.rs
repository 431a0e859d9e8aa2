//! `pgo clone`

use pgo_api::{CloneRequest, CloneResponse};

use crate::args::CloneArgs;
use crate::commands::{Context, Format};
use crate::failure::Failure;

/// The exit code of every failure of this command.
const FAILED: u8 = 1;

pub(super) async fn run(args: &CloneArgs, context: &Context) -> Result<(), Failure> {
    clone(args, context)
        .await
        .map_err(|failure| failure.exiting_with(FAILED))
}

async fn clone(args: &CloneArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    context.exchange(&request, format, text).await?;
    Ok(())
}

fn request(args: &CloneArgs, namespace: &str) -> Result<CloneRequest, Failure> {
    let (source, target) = match args.names.as_slice() {
        [] => {
            return Err(Failure::Usage(
                "a cluster name is required: name the cluster to clone, and the new one".to_owned(),
            ));
        }
        [_] => {
            return Err(Failure::Usage(
                "a target cluster name is required: name the new cluster after the one to clone".to_owned(),
            ));
        }
        [source, target, ..] => (source, target),
    };
    Ok(CloneRequest {
        namespace: namespace.to_owned(),
        source_cluster_name: source.clone(),
        target_cluster_name: target.clone(),
        // Version 4.2 leaves it empty, and its server does not look.
        client_version: String::new(),
        backrest_storage_source: args.pgbackrest_storage_source.clone(),
    })
}

fn text(reply: &CloneResponse) -> String {
    format!(
        "Created clone task for:  {}\nworkflow id is  {}\n",
        reply.target_cluster_name, reply.workflow_id
    )
}
