//! Flags of `status`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo status`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo status [flags]")]
pub(crate) struct StatusArgs {
    /// Not used.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
