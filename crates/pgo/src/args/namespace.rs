//! Flags of the commands about namespaces.

use clap::Args;

use super::offered::{REPORTED, SHOWN};
use super::wait::WaitArgs;

/// `pgo create namespace`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create namespace <namespace>... [flags]",
    after_help = "Examples:\n  pgo create namespace staging"
)]
pub(crate) struct CreateNamespaceArgs {
    /// Names of the namespaces.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}

/// `pgo update namespace`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo update namespace <namespace>... [flags]")]
pub(crate) struct UpdateNamespaceArgs {
    /// Names of the namespaces.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}

/// `pgo show namespace`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show namespace [namespace]... [flags]",
    after_help = "Examples:\n  pgo show namespace --all"
)]
pub(crate) struct ShowNamespaceArgs {
    /// Names of the namespaces.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every namespace.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}

/// `pgo delete namespace`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete namespace <namespace>... [flags]")]
pub(crate) struct DeleteNamespaceArgs {
    /// Names of the namespaces.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    #[command(flatten)]
    pub wait: WaitArgs,
}
