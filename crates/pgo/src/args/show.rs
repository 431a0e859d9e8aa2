//! Flags of `show pvc` and `show workflow`.

use clap::Args;

/// `pgo show pvc`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show pvc <cluster>... [flags]",
    next_help_heading = "Flags"
)]
pub(crate) struct ShowPvcArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// The claims of every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
}

/// `pgo show workflow`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show workflow <id> [flags]",
    next_help_heading = "Flags"
)]
pub(crate) struct ShowWorkflowArgs {
    /// Id of the workflow; only the first counts.
    #[arg(hide = true)]
    pub ids: Vec<String>,
}
