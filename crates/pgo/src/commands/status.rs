//! `pgo status`

use std::fmt::Write as _;

use pgo_api::{StatusDetail, StatusRequest, VERSION};

use crate::args::StatusArgs;
use crate::client::accepted;
use crate::commands::output::pad;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let format = Format::to_report(&args.output)?;
    let request = StatusRequest {
        version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
    };
    let answer = context.client.ask(&request).await?;
    // A refusal is printed as text whatever the form, as in version 4.2.
    let document = format.document(&answer)?;
    let reply = accepted(answer)?;
    context
        .printer
        .write(&document.unwrap_or_else(|| text(&reply.result)))
}

fn text(status: &StatusDetail) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_status(&mut text, status);
    text
}

fn write_status(text: &mut String, status: &StatusDetail) -> std::fmt::Result {
    writeln!(text, "{}{}", label("Operator Start:"), status.operator_start_time)?;
    writeln!(text, "{}{}", label("Databases:"), status.num_databases)?;
    writeln!(text, "{}{}", label("Claims:"), status.num_claims)?;
    writeln!(
        text,
        "{}{}",
        label("Total Volume Size:"),
        pad(&status.volume_cap, 10)
    )?;
    writeln!(text, "\nDatabase Images:")?;
    for (image, count) in &status.db_tags {
        writeln!(text, "{}{count}\t{image}", label(""))?;
    }
    writeln!(text, "\nDatabases Not Ready:")?;
    for name in &status.not_ready {
        writeln!(text, "\t{}", pad(name, 30))?;
    }
    writeln!(text, "\nNodes:")?;
    for node in &status.nodes {
        writeln!(text, "\t{}", pad(&node.name, 30))?;
        writeln!(text, "\t\tStatus:{}", pad(&node.status, 30))?;
        writeln!(text, "\t\tLabels:")?;
        for (key, value) in &node.labels {
            writeln!(text, "\t\t\t{key}={value}")?;
        }
    }
    writeln!(text, "\nLabels (count > 1): [count] [label]")?;
    for frequent in status.labels.iter().filter(|label| label.value > 1) {
        writeln!(text, "\t[{}]\t[{}]", frequent.value, frequent.key)?;
    }
    Ok(())
}

fn label(text: &str) -> String {
    pad(text, 25)
}
