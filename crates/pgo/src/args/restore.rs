//! Flags of `restore`.

use clap::Args;

use super::offered::{BACKUP_TYPES, Offered, REPORTED};

/// `pgo restore`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo restore <cluster> [flags]",
    after_help = "Examples:\n  pgo restore hippo\n  \
                  pgo restore hippo --pitr-target='2026-01-02 03:04:05+00' --backup-opts=--type=time"
)]
pub(crate) struct RestoreArgs {
    /// Name of the cluster; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Options of pgBackRest or `pg_restore`.
    #[arg(long, value_name = "OPTIONS", default_value = "")]
    pub backup_opts: String,
    /// Volume claim with the dump.
    #[arg(long, value_name = "CLAIM", default_value = "")]
    pub backup_pvc: String,
    /// What made the backup: pgbackrest, which is the default, or pgdump.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = BACKUP_TYPES)]
    pub backup_type: String,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Nodes to restore on.
    #[arg(long, value_name = "KEY=VALUE", default_value = "")]
    pub node_label: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Repository to restore from: local or s3.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = Offered(&["local", "s3"]))]
    pub pgbackrest_storage_type: String,
    /// Point in time to restore to, or time of the dump.
    #[arg(long, value_name = "TIME", default_value = "")]
    pub pitr_target: String,
}
