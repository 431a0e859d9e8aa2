//! `pgo show backup`

use std::fmt::Write as _;

use pgo_api::{Pgbackup, ShowBackupItem, ShowBackupRequest, ShowDumpRequest, VERSION};

use crate::args::ShowBackupArgs;
use crate::commands::backup::BackupType;
use crate::commands::output::timestamp;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowBackupArgs, context: &Context) -> Result<(), Failure> {
    if args.names.is_empty() {
        return Err(Failure::Usage(
            "cluster name(s) required: name the clusters, or say all".to_owned(),
        ));
    }
    let backup_type = match args.backup_type.as_str() {
        "" => BackupType::Pgbackrest,
        word => BackupType::parse(word)?,
    };
    let format = Format::to_show(&args.output)?;
    for name in &args.names {
        match backup_type {
            BackupType::Pgbackrest => {
                let request = ShowBackupRequest {
                    name: name.clone(),
                    version: VERSION.to_owned(),
                    selector: String::new(),
                    namespace: context.namespace.clone(),
                };
                let show = |items: &[ShowBackupItem]| backups(items);
                context
                    .exchange(&request, format, |reply| show(&reply.items))
                    .await?;
            }
            BackupType::Pgdump => {
                let request = ShowDumpRequest {
                    name: name.clone(),
                    version: VERSION.to_owned(),
                    selector: String::new(),
                    namespace: context.namespace.clone(),
                };
                context
                    .exchange(&request, format, |reply| dumps(name, &reply.backup_list.items))
                    .await?;
            }
        }
    }
    Ok(())
}

fn backups(items: &[ShowBackupItem]) -> String {
    if items.is_empty() {
        return "No pgBackRest found.\n".to_owned();
    }
    items
        .iter()
        .map(|item| format!("\nbackrest : {}\n{}\n", item.name, item.info))
        .collect::<Vec<_>>()
        .concat()
}

fn dumps(cluster: &str, dumps: &[Pgbackup]) -> String {
    if dumps.is_empty() {
        return format!("No pgDumps found for {cluster}.\n");
    }
    let mut text = String::new();
    for dump in dumps {
        // Writing to a String cannot fail.
        let _ = write_dump(&mut text, dump);
    }
    text
}

fn write_dump(text: &mut String, dump: &Pgbackup) -> std::fmt::Result {
    let spec = &dump.spec;
    let created = dump
        .metadata
        .creation_timestamp
        .as_ref()
        .map(|time| timestamp(&time.0));
    writeln!(text, "\npgdump : {}", spec.name)?;
    for (label, value) in [
        ("PVC Name", &spec.backuppvc),
        ("Access Mode", &spec.storagespec.accessmode),
        ("PVC Size", &spec.storagespec.size),
        ("Creation", &created.unwrap_or_default()),
        ("CCPImageTag", &spec.ccpimagetag),
        ("Backup Status", &spec.backupstatus),
        ("Backup Host", &spec.backuphost),
        ("Backup User Secret", &spec.backupusersecret),
        ("Backup Port", &spec.backupport),
        ("Backup Opts", &spec.backupopts),
    ] {
        writeln!(text, "\t{label}:\t{value}")?;
    }
    Ok(())
}
