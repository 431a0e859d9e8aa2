//! `pgo restore`

use std::hash::{BuildHasher as _, RandomState};

use pgo_api::{RestoreDumpRequest, RestoreRequest};

use crate::args::RestoreArgs;
use crate::commands::backup::BackupType;
use crate::commands::{Context, Format, NO, demand, lines_or};
use crate::failure::Failure;

const NONE: &str = "No clusters found.";

pub(super) async fn run(args: &RestoreArgs, context: &Context) -> Result<(), Failure> {
    let cluster = demand::first(&args.names, "cluster")?;
    let backup_type = match args.backup_type.as_str() {
        "" => BackupType::Pgbackrest,
        word => BackupType::parse(word)?,
    };
    let format = Format::to_report(&args.output)?;
    if backup_type == BackupType::Pgbackrest {
        // Said also when nothing is asked, as in version 4.2.
        let warning =
            format!("Warning: the primary of {cluster} will be stopped and recreated from the backup");
        if format.is_for_machines() {
            context.printer.remark(&warning);
        } else {
            context.printer.line(&warning)?;
        }
    }
    context.confirm(args.no_prompt, format, NO)?;
    match backup_type {
        BackupType::Pgbackrest => {
            let request = restore(args, cluster, &context.namespace);
            context
                .exchange(&request, format, |reply| lines_or(&reply.results, NONE))
                .await?;
        }
        BackupType::Pgdump => {
            let request = restore_dump(args, cluster, &context.namespace);
            context
                .exchange(&request, format, |reply| lines_or(&reply.results, NONE))
                .await?;
        }
    }
    Ok(())
}

fn restore(args: &RestoreArgs, cluster: &str, namespace: &str) -> RestoreRequest {
    RestoreRequest {
        namespace: namespace.to_owned(),
        from_cluster: cluster.to_owned(),
        to_pvc: format!("{cluster}-{}", four_letters()),
        restore_opts: args.backup_opts.clone(),
        pitr_target: args.pitr_target.clone(),
        node_label: args.node_label.clone(),
        backrest_storage_type: args.pgbackrest_storage_type.clone(),
    }
}

fn restore_dump(args: &RestoreArgs, cluster: &str, namespace: &str) -> RestoreDumpRequest {
    RestoreDumpRequest {
        namespace: namespace.to_owned(),
        from_cluster: cluster.to_owned(),
        from_pvc: args.backup_pvc.clone(),
        restore_opts: args.backup_opts.clone(),
        pitr_target: args.pitr_target.clone(),
        node_label: args.node_label.clone(),
    }
}

/// Four letters that tell one restored volume from the next. They need not be secret.
fn four_letters() -> String {
    let random = RandomState::new().hash_one(std::process::id()).to_le_bytes();
    random[..4]
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect()
}
