//! Flags of `upgrade`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo upgrade`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo upgrade <cluster>... [flags]",
    after_help = "Examples:\n  pgo upgrade hippo --ccp-image-tag=new"
)]
pub(crate) struct UpgradeArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Tag of the new image; that of the installation when left out.
    #[arg(long, value_name = "TAG", default_value = "")]
    pub ccp_image_tag: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
