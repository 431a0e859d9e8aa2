//! `pgo scaledown`

use std::fmt::Write as _;

use pgo_api::{ScaleDownRequest, ScaleQueryRequest, ScaleQueryTarget, VERSION};

use crate::args::ScaledownArgs;
use crate::commands::output::pad;
use crate::commands::scale::REFUSED;
use crate::commands::{Context, Format, demand, finish, lines, tolerate};
use crate::failure::Failure;
use crate::wait::{self, Goal};

pub(super) async fn run(args: &ScaledownArgs, context: &Context) -> Result<(), Failure> {
    if args.delete_data.is_some() {
        context
            .printer
            .remark("Flag --delete-data has been deprecated, use --keep-data to keep the data");
    }
    let cluster = demand::first(&args.names, "cluster")?;
    let format = Format::to_report(&args.output)?;
    if args.query {
        return query(args, format, context).await;
    }
    demand::flag(
        &args.target,
        "--target",
        ": name the replica to remove; --query lists the replicas",
    )?;
    context.confirm(args.no_prompt, format, REFUSED)?;
    let request = request(args, cluster, &context.namespace);
    context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    if args.wait.wait {
        let goal = Goal::scaled_down(cluster, &args.target);
        wait::until(vec![goal], args.wait.timeout, format, context).await?;
    }
    Ok(())
}

fn request(args: &ScaledownArgs, cluster: &str, namespace: &str) -> ScaleDownRequest {
    ScaleDownRequest {
        name: cluster.to_owned(),
        version: VERSION.to_owned(),
        replica_name: args.target.clone(),
        delete_data: (args.delete_data.unwrap_or(true) && !args.keep_data).to_string(),
        namespace: namespace.to_owned(),
    }
}

async fn query(args: &ScaledownArgs, format: Format, context: &Context) -> Result<(), Failure> {
    let mut refused = false;
    for cluster in &args.names {
        if !format.is_for_machines() {
            // Version 4.2 prints the head before it asks, thus also before an error.
            context.printer.write(&header(cluster))?;
        }
        let request = ScaleQueryRequest {
            name: cluster.clone(),
            version: VERSION.to_owned(),
            namespace: context.namespace.clone(),
        };
        let outcome = context
            .exchange(&request, format, |reply| table(&reply.results))
            .await;
        tolerate(outcome, context, &mut refused)?;
    }
    finish(refused)
}

/// The head of a table of replicas.
pub(super) fn header(cluster: &str) -> String {
    let columns = row("REPLICA", "STATUS", "NODE", "REPLICATION LAG");
    format!("\nCluster: {cluster}\n{columns}")
}

fn table(replicas: &[ScaleQueryTarget]) -> String {
    if replicas.is_empty() {
        return "No replicas found.\n".to_owned();
    }
    let mut text = String::new();
    for replica in replicas {
        let lag = format!("{:12} MB", replica.replication_lag);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{}",
            row(&replica.name, &replica.status, &replica.node, &lag)
        );
    }
    text
}

/// A row of a table of replicas.
pub(super) fn row(name: &str, status: &str, node: &str, lag: &str) -> String {
    format!(
        "{}\t{}\t{}\t{lag}\n",
        pad(name, 20),
        pad(status, 10),
        pad(node, 10)
    )
}
