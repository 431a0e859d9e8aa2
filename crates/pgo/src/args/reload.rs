//! Flags of `reload`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo reload`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo reload <cluster>... [flags]",
    after_help = "Examples:\n  pgo reload hippo"
)]
pub(crate) struct ReloadArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
