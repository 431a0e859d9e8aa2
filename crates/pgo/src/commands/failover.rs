//! `pgo failover`

use std::fmt::Write as _;

use pgo_api::{FailoverQueryRequest, FailoverQueryTarget, FailoverRequest, VERSION};

use crate::args::FailoverArgs;
use crate::commands::scaledown::{header, row};
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;

/// The exit code of a refused `--query`, which differs from that of a failover.
const UNKNOWN: u8 = 1;

pub(super) async fn run(args: &FailoverArgs, context: &Context) -> Result<(), Failure> {
    let cluster = demand::first(&args.names, "cluster")?;
    let format = Format::to_report(&args.output)?;
    if args.query {
        return query(cluster, format, context).await;
    }
    demand::flag(
        &args.target,
        "--target",
        ": name the replica to promote; --query lists the replicas",
    )?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = FailoverRequest {
        namespace: context.namespace.clone(),
        cluster_name: cluster.to_owned(),
        target: args.target.clone(),
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    Ok(())
}

async fn query(cluster: &str, format: Format, context: &Context) -> Result<(), Failure> {
    if !format.is_for_machines() {
        // Version 4.2 prints the head before it asks, thus also before an error.
        context.printer.write(&header(cluster))?;
    }
    let request = FailoverQueryRequest {
        name: cluster.to_owned(),
        version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
    };
    let outcome = context
        .exchange(&request, format, |reply| table(&reply.results))
        .await;
    match outcome {
        Err(failure @ (Failure::Refused(_) | Failure::Reported)) => Err(failure.exiting_with(UNKNOWN)),
        outcome => outcome.map(|_| ()),
    }
}

fn table(replicas: &[FailoverQueryTarget]) -> String {
    if replicas.is_empty() {
        return "No replicas found.\n".to_owned();
    }
    let mut text = String::new();
    for replica in replicas {
        let mark = if replica.preferred_node { "*" } else { "" };
        let node = format!("{mark}{}", replica.node);
        let lag = format!("{:12} MB", replica.replication_lag);
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", row(&replica.name, &replica.status, &node, &lag));
    }
    if replicas.iter().any(|replica| replica.preferred_node) {
        text.push_str("* next to a NODE name: the node is preferred for a failover\n");
    }
    text
}
