//! `--wait`.

use std::time::Duration;

use clap::Args;

use super::value::duration;

/// Flags of every command that begins something that takes time.
#[derive(Clone, Debug, Args)]
pub(crate) struct WaitArgs {
    /// Wait until it is done, and show how far it has come.
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most, for example 90s or 10m.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub timeout: Duration,
}
