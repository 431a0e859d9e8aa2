//! Flags of `status`.

use clap::Args;

/// `pgo status`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo status [flags]", next_help_heading = "Flags")]
pub(crate) struct StatusArgs {
    /// Not used.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json.
    #[arg(
        long,
        short = 'o',
        value_name = "FORMAT",
        default_value = "",
        hide_default_value = true
    )]
    pub output: String,
}
