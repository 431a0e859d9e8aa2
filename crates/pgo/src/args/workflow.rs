//! Flags of `show workflow`.

use clap::Args;

use super::offered::SHOWN;

/// `pgo show workflow`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show workflow <id> [flags]")]
pub(crate) struct ShowWorkflowArgs {
    /// Id of the workflow; only the first counts.
    #[arg(hide = true)]
    pub ids: Vec<String>,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}
