//! Flags of `load`.

use clap::{Args, ValueHint};

use super::offered::REPORTED;

/// `pgo load`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo load <cluster>... [flags]",
    after_help = "Examples:\n  pgo load hippo --load-config=load.yaml"
)]
pub(crate) struct LoadArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// File that says what to load and how, as YAML or JSON.
    #[arg(long, value_name = "FILE", default_value = "", value_hint = ValueHint::FilePath)]
    pub load_config: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Policies to apply before.
    #[arg(long, value_name = "POLICY,…", default_value = "")]
    pub policies: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
