//! Flags of `clone`.

use clap::Args;

use super::offered::{Offered, REPORTED};

/// `pgo clone`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo clone <cluster> <new cluster> [flags]",
    after_help = "Examples:\n  pgo clone hippo rhino"
)]
pub(crate) struct CloneArgs {
    /// The cluster that is there, and the one to be made.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Repository to copy from: local or s3.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = Offered(&["local", "s3"]))]
    pub pgbackrest_storage_source: String,
}
