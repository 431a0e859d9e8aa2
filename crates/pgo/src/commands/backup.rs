//! `pgo backup`

use pgo_api::{CreateBackupRequest, CreateDumpRequest};

use crate::args::BackupArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

const NONE: &str = "No clusters found.";

/// What makes a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackupType {
    /// pgBackRest, of the whole cluster.
    Pgbackrest,
    /// `pg_dump` or `pg_dumpall`.
    Pgdump,
}

impl BackupType {
    /// Reads the value of `--backup-type`.
    pub(super) fn parse(word: &str) -> Result<Self, Failure> {
        match word {
            "pgbackrest" => Ok(Self::Pgbackrest),
            "pgdump" => Ok(Self::Pgdump),
            other => Err(Failure::Usage(format!(
                "--backup-type must be pgbackrest or pgdump, not {other:?}"
            ))),
        }
    }
}

pub(super) async fn run(args: &BackupArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let backup_type = BackupType::parse(&args.backup_type)?;
    let format = Format::to_report(&args.output)?;
    match backup_type {
        BackupType::Pgbackrest => {
            let request = backup(args, &context.namespace)?;
            context
                .exchange(&request, format, |reply| lines_or(&reply.results, NONE))
                .await?;
        }
        BackupType::Pgdump => {
            let request = dump(args, &context.namespace);
            context
                .exchange(&request, format, |reply| lines_or(&reply.results, NONE))
                .await?;
        }
    }
    Ok(())
}

fn backup(args: &BackupArgs, namespace: &str) -> Result<CreateBackupRequest, Failure> {
    if !args.storage_config.is_empty() {
        return Err(Failure::Usage(
            "--storage-config is not allowed with --backup-type=pgbackrest: its repository is there already"
                .to_owned(),
        ));
    }
    Ok(CreateBackupRequest {
        namespace: namespace.to_owned(),
        args: args.names.clone(),
        selector: args.selector.clone(),
        backup_opts: args.backup_opts.clone(),
        backrest_storage_type: args.pgbackrest_storage_type.clone(),
    })
}

fn dump(args: &BackupArgs, namespace: &str) -> CreateDumpRequest {
    CreateDumpRequest {
        namespace: namespace.to_owned(),
        args: args.names.clone(),
        selector: args.selector.clone(),
        pvc_name: args.pvc_name.clone(),
        storage_config: args.storage_config.clone(),
        backup_opts: args.backup_opts.clone(),
    }
}
