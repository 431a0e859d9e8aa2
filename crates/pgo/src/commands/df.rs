//! `pgo df`

use std::fmt::Write as _;

use pgo_api::{ALL_CLUSTERS, DfDetail, DfRequest, VERSION};

use crate::args::DfArgs;
use crate::commands::output::pad;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;
use crate::printer::Printer;

/// How full a volume may be before it is red, in percent.
const FULL: i64 = 50;

pub(super) async fn run(args: &DfArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_show(&args.output)?;
    for request in requests(args, &context.namespace) {
        context
            .exchange(&request, format, |reply| text(&reply.results, context.printer))
            .await?;
    }
    Ok(())
}

fn requests(args: &DfArgs, namespace: &str) -> Vec<DfRequest> {
    let request = |name: &str| DfRequest {
        name: name.to_owned(),
        selector: args.selector.clone(),
        version: VERSION.to_owned(),
        namespace: namespace.to_owned(),
    };
    if args.selector.is_empty() {
        args.names.iter().map(|name| request(name)).collect()
    } else {
        // A selector wins over names, as it does on the server: once is enough.
        vec![request(ALL_CLUSTERS)]
    }
}

fn text(volumes: &[DfDetail], printer: Printer) -> String {
    if volumes.is_empty() {
        return "Nothing found.\n".to_owned();
    }
    let width = volumes.iter().map(|volume| volume.name.chars().count()).max();
    let width = width.unwrap_or_default() + 1;
    let columns = ["STATUS", "PGSIZE", "CAPACITY", "PCTUSED"].map(|column| pad(column, 10));
    let mut text = format!("{}{}\n\n", pad("POD", width), columns.concat());
    for volume in volumes {
        let status = if volume.working {
            printer.good(&pad("up", 10))
        } else {
            printer.bad(&pad("down", 10))
        };
        let used = volume.pct.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}{status}{}{}{}",
            pad(&volume.name, width),
            pad(&volume.pg_size, 10),
            pad(&volume.claim_size, 10),
            if volume.pct > FULL {
                printer.bad(&used)
            } else {
                printer.good(&used)
            }
        );
    }
    text
}
