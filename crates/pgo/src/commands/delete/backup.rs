//! `pgo delete backup`

use pgo_api::{DeleteBasebackupRequest, VERSION};

use crate::args::DeleteBackupArgs;
use crate::commands::{Context, Format, NO, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &DeleteBackupArgs, context: &Context) -> Result<(), Failure> {
    demand::names(&args.names, "cluster")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    for name in &args.names {
        let request = DeleteBasebackupRequest {
            name: name.clone(),
            version: VERSION.to_owned(),
            namespace: context.namespace.clone(),
        };
        context
            .exchange(&request, format, |reply| text(&reply.results))
            .await?;
    }
    Ok(())
}

fn text(backups: &[String]) -> String {
    if backups.is_empty() {
        return "No backups found.\n".to_owned();
    }
    backups
        .iter()
        .map(|backup| format!("Deleted backup {backup}\n"))
        .collect::<Vec<_>>()
        .concat()
}
