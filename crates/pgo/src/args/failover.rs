//! Flags of `failover`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo failover`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo failover <cluster> [flags]",
    after_help = "Examples:\n  pgo failover hippo --query\n  pgo failover hippo --target=hippo-abcd"
)]
pub(crate) struct FailoverArgs {
    /// Name of the cluster; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// List the replicas instead of failing over.
    #[arg(long)]
    pub query: bool,
    /// The replica to promote.
    #[arg(long, value_name = "REPLICA", default_value = "")]
    pub target: String,
}
