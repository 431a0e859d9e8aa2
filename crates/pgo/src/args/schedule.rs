//! Flags of the commands about schedules.

use clap::Args;

use super::offered::{Offered, REPORTED, SHOWN, STORAGE_TYPES};

/// `pgo create schedule`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create schedule <cluster> [flags]",
    after_help = "Examples:\n  pgo create schedule hippo --schedule='0 1 * * *' --schedule-type=pgbackrest --pgbackrest-backup-type=full"
)]
pub(crate) struct CreateScheduleArgs {
    /// Name of the cluster; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Does nothing: version 4.2 never sent it.
    #[arg(long, short = 'c', hide = true, value_name = "TAG", default_value = "")]
    pub ccp_image_tag: String,
    /// Database that a policy is applied to.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub database: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Type of the backup: full, diff or incr.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = Offered(&["full", "diff", "incr"]))]
    pub pgbackrest_backup_type: String,
    /// Where pgBackRest keeps the backup: local, s3 or local,s3.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = STORAGE_TYPES)]
    pub pgbackrest_storage_type: String,
    /// Policy to apply.
    #[arg(long, value_name = "POLICY", default_value = "")]
    pub policy: String,
    /// When, as cron writes it: minute hour day month weekday.
    #[arg(long, value_name = "CRON", default_value = "")]
    pub schedule: String,
    /// Options of pgBackRest, for example how many backups to keep.
    #[arg(long, value_name = "OPTIONS", default_value = "")]
    pub schedule_opts: String,
    /// What is done: pgbackrest or policy.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = Offered(&["pgbackrest", "policy"]))]
    pub schedule_type: String,
    /// Secret with the credentials that a policy is applied with.
    #[arg(long, value_name = "SECRET", default_value = "")]
    pub secret: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo show schedule`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show schedule <cluster> [flags]",
    after_help = "Examples:\n  pgo show schedule hippo"
)]
pub(crate) struct ShowScheduleArgs {
    /// Name of the cluster; only the first counts, and all means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Does nothing: this command does not ask.
    #[arg(long, hide = true)]
    pub no_prompt: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
    /// Name of the schedule.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub schedule_name: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo delete schedule`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo delete schedule <cluster> [flags]",
    after_help = "Examples:\n  pgo delete schedule --schedule-name=hippo-pgbackrest-full"
)]
pub(crate) struct DeleteScheduleArgs {
    /// Name of the cluster; only the first counts, and all means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Name of the schedule.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub schedule_name: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
