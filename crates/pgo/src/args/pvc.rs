//! Flags of `show pvc`.

use clap::Args;

use super::offered::SHOWN;

/// `pgo show pvc`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show pvc <cluster>... [flags]")]
pub(crate) struct ShowPvcArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// The claims of every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}
