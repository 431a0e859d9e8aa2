//! Flags of `df`.

use clap::Args;

use super::offered::SHOWN;

/// `pgo df`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo df <cluster>... [flags]",
    after_help = "Examples:\n  pgo df hippo\n  pgo df all"
)]
pub(crate) struct DfArgs {
    /// Names of the clusters; all means each.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
