//! Flags of `label` and `delete label`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo label`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo label <cluster>... [flags]",
    after_help = "Examples:\n  pgo label hippo --label=env=prod\n  pgo label all --label=env=test --dry-run"
)]
pub(crate) struct LabelArgs {
    /// Names of the clusters; all as the first means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Only list the clusters.
    #[arg(long)]
    pub dry_run: bool,
    /// The labels.
    #[arg(long, value_name = "KEY=VALUE,…", default_value = "")]
    pub label: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo delete label`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo delete label <cluster>... [flags]",
    after_help = "Examples:\n  pgo delete label hippo --label=env=prod"
)]
pub(crate) struct DeleteLabelArgs {
    /// Names of the clusters; all as the first means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// The labels.
    #[arg(long, value_name = "KEY=VALUE,…", default_value = "")]
    pub label: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
