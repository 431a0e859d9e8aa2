//! `pgo show pvc`

use std::fmt::Write as _;

use pgo_api::{ShowPvcRequest, ShowPvcResult, VERSION};

use crate::args::ShowPvcArgs;
use crate::commands::output::pad;
use crate::commands::{Context, Format, demand, finish, tolerate};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowPvcArgs, context: &Context) -> Result<(), Failure> {
    let requests = requests(args, &context.namespace)?;
    let format = Format::to_show(&args.output)?;
    let mut refused = false;
    for request in requests {
        let outcome = context
            .exchange(&request, format, |reply| text(&reply.results))
            .await;
        tolerate(outcome, context, &mut refused)?;
    }
    finish(refused)
}

fn requests(args: &ShowPvcArgs, namespace: &str) -> Result<Vec<ShowPvcRequest>, Failure> {
    let request = |cluster_name: String| ShowPvcRequest {
        cluster_name,
        selector: String::new(),
        client_version: VERSION.to_owned(),
        namespace: namespace.to_owned(),
        all_flag: args.all,
    };
    demand::names_or_all(&args.names, args.all, "cluster")?;
    if args.all {
        return Ok(vec![request(String::new())]);
    }
    Ok(args.names.iter().cloned().map(request).collect())
}

fn text(claims: &[ShowPvcResult]) -> String {
    if claims.is_empty() {
        return "No PVC Results\n".to_owned();
    }
    let mut text = row("Cluster Name", "PVC Name");
    for claim in claims {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", row(&claim.cluster_name, &claim.pvc_name));
    }
    text
}

fn row(cluster: &str, claim: &str) -> String {
    format!("{}\t{}\n", pad(cluster, 20), pad(claim, 30))
}
