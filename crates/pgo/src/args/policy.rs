//! Flags of `apply` and of the commands about SQL policies.

use clap::{Args, ValueHint};

use super::offered::{REPORTED, SHOWN};

/// `pgo apply`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo apply <policy> [flags]",
    after_help = "Examples:\n  pgo apply grants --selector=env=prod --dry-run"
)]
pub(crate) struct ApplyArgs {
    /// Name of the policy; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Only list the clusters.
    #[arg(long)]
    pub dry_run: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo create policy`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create policy <policy> [flags]",
    after_help = "Examples:\n  pgo create policy grants --in-file=grants.sql"
)]
pub(crate) struct CreatePolicyArgs {
    /// Name of the policy; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// File with the SQL.
    #[arg(long, short = 'i', value_name = "FILE", default_value = "", value_hint = ValueHint::FilePath)]
    pub in_file: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Address of the SQL.
    #[arg(long, short = 'u', value_name = "URL", default_value = "")]
    pub url: String,
}

/// `pgo show policy`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show policy <policy>... [flags]")]
pub(crate) struct ShowPolicyArgs {
    /// Names of the policies.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every policy.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}

/// `pgo delete policy`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete policy <policy>... [flags]")]
pub(crate) struct DeletePolicyArgs {
    /// Names of the policies.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every policy.
    #[arg(long)]
    pub all: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
