//! `pgo delete cluster`

use pgo_api::{ALL_CLUSTERS, DeleteClusterRequest, VERSION};

use crate::args::DeleteClusterArgs;
use crate::commands::cluster::Target;
use crate::commands::{Context, Format, NO, finish, lines, tolerate};
use crate::failure::Failure;
use crate::wait::{self, Goal};

pub(super) async fn run(args: &DeleteClusterArgs, context: &Context) -> Result<(), Failure> {
    for (flag, is_given) in [
        ("delete-backups", args.delete_backups),
        ("delete-data", args.delete_data),
    ] {
        if is_given.is_some() {
            context.printer.remark(&format!(
                "Flag --{flag} has been deprecated, data and backups are deleted unless --keep-data or \
                 --keep-backups is given"
            ));
        }
    }
    let target = Target::parse(&args.names, &args.selector, args.all)?;
    let format = Format::to_report(&args.output)?;
    context.confirm_that(question(args), args.no_prompt, format, NO)?;
    let (mut deleted, mut refused) = (Vec::new(), false);
    for request in requests(target, args, &context.namespace) {
        let outcome = context
            .exchange(&request, format, |reply| lines(&reply.results))
            .await;
        if let Some(reply) = tolerate(outcome, context, &mut refused)? {
            deleted.extend(reply.results);
        }
    }
    if args.wait.wait {
        let deleted = deleted
            .iter()
            .filter_map(|line| line.strip_prefix("deleted pgcluster "));
        let goals = deleted.map(Goal::deleted).collect();
        wait::until(goals, args.wait.timeout, format, context).await?;
    }
    finish(refused)
}

/// Says what is about to be lost.
fn question(args: &DeleteClusterArgs) -> &'static str {
    match (args.keep_data, args.keep_backups) {
        (false, false) => "WARNING - This will delete ALL OF YOUR DATA, including backups. Proceed?",
        (false, true) => {
            "WARNING - This will delete your active data, but your backups will still be available. Proceed?"
        }
        (true, false) => {
            "WARNING - This will delete your cluster and backups, but your data can be reused by creating the \
             cluster again. Proceed?"
        }
        (true, true) => "WARNING: Are you sure?",
    }
}

fn requests(target: Target, args: &DeleteClusterArgs, namespace: &str) -> Vec<DeleteClusterRequest> {
    let request = |clustername: String, selector: String| DeleteClusterRequest {
        clustername,
        selector,
        client_version: VERSION.to_owned(),
        namespace: namespace.to_owned(),
        all_flag: false,
        delete_backups: !args.keep_backups,
        delete_data: !args.keep_data,
    };
    match target {
        Target::Names(names) => names
            .into_iter()
            .map(|name| request(name, String::new()))
            .collect(),
        Target::Selector(selector) => vec![request(String::new(), selector)],
        Target::All => vec![request(ALL_CLUSTERS.to_owned(), String::new())],
    }
}
