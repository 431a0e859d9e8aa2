//! `pgo test`

use std::fmt::Write as _;

use pgo_api::{ALL_CLUSTERS, TestClusterDetail, TestClusterRequest, TestClusterResult, VERSION};

use crate::args::TestArgs;
use crate::client::accepted;
use crate::commands::cluster::Target;
use crate::commands::{Context, Format};
use crate::failure::Failure;
use crate::printer::Printer;

pub(super) async fn run(args: &TestArgs, context: &Context) -> Result<(), Failure> {
    let target = Target::parse(&args.names, &args.selector, args.all)?;
    let format = Format::to_report(&args.output)?;
    for request in requests(target, args.all, &context.namespace) {
        let answer = context.client.ask(&request).await?;
        // A refusal is printed as text whatever the form, as in version 4.2.
        let document = format.document(&answer)?;
        let reply = accepted(answer)?;
        context
            .printer
            .write(&document.unwrap_or_else(|| text(&reply.results, context.printer)))?;
        if format == Format::Json {
            // Version 4.2 asks for the first name only.
            break;
        }
    }
    Ok(())
}

fn requests(target: Target, all_flag: bool, namespace: &str) -> Vec<TestClusterRequest> {
    let request = |clustername: String, selector: String| TestClusterRequest {
        clustername,
        selector,
        client_version: VERSION.to_owned(),
        namespace: namespace.to_owned(),
        all_flag,
    };
    match target {
        Target::Names(names) => names
            .into_iter()
            .map(|name| request(name, String::new()))
            .collect(),
        Target::Selector(selector) => vec![request(ALL_CLUSTERS.to_owned(), selector)],
        Target::All => vec![request(ALL_CLUSTERS.to_owned(), String::new())],
    }
}

fn text(clusters: &[TestClusterResult], printer: Printer) -> String {
    if clusters.is_empty() {
        return "Nothing found.\n".to_owned();
    }
    let mut text = String::new();
    for cluster in clusters {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\ncluster : {}", cluster.cluster_name);
        for (heading, details) in [
            ("Services", &cluster.endpoints),
            ("Instances", &cluster.instances),
        ] {
            let _ = writeln!(text, "\t{heading}");
            for detail in details {
                let _ = writeln!(text, "{}", verdict(detail, printer));
            }
        }
    }
    text
}

fn verdict(detail: &TestClusterDetail, printer: Printer) -> String {
    let verdict = if detail.available {
        printer.good("UP")
    } else {
        printer.bad("DOWN")
    };
    format!("\t\t{} ({}): {verdict}", detail.instance_type, detail.message)
}
