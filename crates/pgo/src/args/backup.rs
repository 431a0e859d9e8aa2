//! Flags of `backup`, `show backup` and `delete backup`.

use clap::Args;

use super::offered::{BACKUP_TYPES, REPORTED, SHOWN, STORAGE_TYPES};

/// `pgo backup`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo backup <cluster>... [flags]",
    after_help = "Examples:\n  pgo backup hippo\n  pgo backup hippo --backup-opts=--type=diff\n  \
                  pgo backup --selector=env=prod --backup-type=pgdump"
)]
pub(crate) struct BackupArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Options of pgBackRest, `pg_dump` or `pg_dumpall`.
    #[arg(long, value_name = "OPTIONS", default_value = "")]
    pub backup_opts: String,
    /// What makes the backup: pgbackrest or pgdump.
    #[arg(long, value_name = "TYPE", default_value = "pgbackrest", value_parser = BACKUP_TYPES)]
    pub backup_type: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Where pgBackRest keeps the backup: local, s3 or local,s3.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = STORAGE_TYPES)]
    pub pgbackrest_storage_type: String,
    /// Volume claim that a dump goes to.
    #[arg(long, value_name = "CLAIM", default_value = "")]
    pub pvc_name: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    /// Storage configuration of a dump's volume claim.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub storage_config: String,
}

/// `pgo show backup`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show backup <cluster>... [flags]",
    after_help = "Examples:\n  pgo show backup hippo\n  pgo show backup all --backup-type=pgdump"
)]
pub(crate) struct ShowBackupArgs {
    /// Names of the clusters; all means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// What made the backups: pgbackrest or pgdump.
    #[arg(long, value_name = "TYPE", default_value = "pgbackrest", value_parser = BACKUP_TYPES)]
    pub backup_type: String,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}

/// `pgo delete backup`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete backup <cluster>... [flags]")]
pub(crate) struct DeleteBackupArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
