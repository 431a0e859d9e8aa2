//! Flags of `show config`.

use clap::Args;

use super::offered::SHOWN;

/// `pgo show config`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show config [flags]")]
pub(crate) struct ShowConfigArgs {
    /// Not used.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}
