//! Flags of the commands about roles of pgo's users.

use clap::Args;

use super::offered::{REPORTED, SHOWN};

/// `pgo create pgorole`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create pgorole <role> [flags]",
    after_help = "Examples:\n  pgo create pgorole reader --permissions=ShowCluster,Version"
)]
pub(crate) struct CreatePgoroleArgs {
    /// Name of the role; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// What the role may do; * is everything.
    #[arg(long, value_name = "PERMISSION,…", default_value = "")]
    pub permissions: String,
}

/// `pgo update pgorole`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo update pgorole <role> [flags]",
    after_help = "Examples:\n  pgo update pgorole reader --permissions=ShowCluster,ShowBackup,Version"
)]
pub(crate) struct UpdatePgoroleArgs {
    /// Name of the role; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Does nothing: this command does not ask.
    #[arg(long, hide = true)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// What the role may do; * is everything.
    #[arg(
        long,
        alias = "pgorole-permission",
        value_name = "PERMISSION,…",
        default_value = ""
    )]
    pub permissions: String,
}

/// `pgo show pgorole`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show pgorole <role>... [flags]")]
pub(crate) struct ShowPgoroleArgs {
    /// Names of the roles.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every role.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}

/// `pgo delete pgorole`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete pgorole <role>... [flags]")]
pub(crate) struct DeletePgoroleArgs {
    /// Names of the roles.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every role.
    #[arg(long)]
    pub all: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
