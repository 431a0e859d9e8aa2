//! `pgo scaledown`

use std::fmt::Write as _;

use pgo_api::{ScaleDownRequest, ScaleQueryRequest, ScaleQueryTarget, VERSION};

use crate::args::ScaledownArgs;
use crate::commands::output::pad;
use crate::commands::scale::REFUSED;
use crate::commands::{Context, finish, lines, tolerate};
use crate::failure::Failure;
use crate::wait::{self, Goal};

pub(super) async fn run(args: &ScaledownArgs, context: &Context) -> Result<(), Failure> {
    if args.delete_data.is_some() {
        context
            .printer
            .remark("Flag --delete-data has been deprecated, use --keep-data to keep the data");
    }
    let Some(cluster) = args.names.first() else {
        return Err(Failure::Usage("a cluster name is required".to_owned()));
    };
    if args.query {
        return query(args, context).await;
    }
    if args.target.is_empty() {
        return Err(Failure::Usage(
            "--target is required: name the replica to remove; --query lists the replicas".to_owned(),
        ));
    }
    if !args.no_prompt {
        context.printer.confirm("WARNING: Are you sure?", REFUSED)?;
    }
    let reply = context
        .client
        .send(&request(args, cluster, &context.namespace))
        .await?;
    context.printer.write(&lines(&reply.results))?;
    if args.wait.wait {
        wait::until(
            vec![Goal::scaled_down(cluster, &args.target)],
            args.wait.timeout,
            context,
        )
        .await?;
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

async fn query(args: &ScaledownArgs, context: &Context) -> Result<(), Failure> {
    let mut refused = false;
    for cluster in &args.names {
        context.printer.write(&header(cluster))?;
        let request = ScaleQueryRequest {
            name: cluster.clone(),
            version: VERSION.to_owned(),
            namespace: context.namespace.clone(),
        };
        if let Some(reply) = tolerate(context.client.send(&request).await, context, &mut refused)? {
            context.printer.write(&table(&reply.results))?;
        }
    }
    finish(refused)
}

/// The head of the table, printed before anything is known.
fn header(cluster: &str) -> String {
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

fn row(name: &str, status: &str, node: &str, lag: &str) -> String {
    format!(
        "{}\t{}\t{}\t{lag}\n",
        pad(name, 20),
        pad(status, 10),
        pad(node, 10)
    )
}
