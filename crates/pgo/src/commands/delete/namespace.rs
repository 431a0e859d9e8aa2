//! `pgo delete namespace`

use pgo_api::{DeleteNamespaceRequest, VERSION};

use crate::args::DeleteNamespaceArgs;
use crate::commands::{Context, Format, NO, demand, lines};
use crate::failure::Failure;
use crate::wait::{self, Goal};

pub(super) async fn run(args: &DeleteNamespaceArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.names, "namespace")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let request = DeleteNamespaceRequest {
        args: args.names.clone(),
        selector: String::new(),
        namespace: context.namespace.clone(),
        all_flag: false,
        client_version: VERSION.to_owned(),
    };
    let reply = context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    if args.wait.wait {
        let deleted = reply
            .results
            .iter()
            .filter_map(|line| line.strip_prefix("deleted namespace "));
        let goals = deleted.map(Goal::namespace_deleted).collect();
        wait::until(goals, args.wait.timeout, format, context).await?;
    }
    Ok(())
}
