//! Flags of the commands about pgo's users.

use clap::Args;

use super::offered::{REPORTED, SHOWN};

/// `pgo create pgouser`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create pgouser <user> [flags]",
    after_help = "Examples:\n  pgo create pgouser ann --pgouser-password=secret --pgouser-roles=reader --all-namespaces"
)]
pub(crate) struct CreatePgouserArgs {
    /// Name of the user; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// The user may use every namespace.
    #[arg(long)]
    pub all_namespaces: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Namespaces that the user may use.
    #[arg(long, value_name = "NAMESPACE,…", default_value = "")]
    pub pgouser_namespaces: String,
    /// Password of the user.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub pgouser_password: String,
    /// Roles of the user.
    #[arg(long, value_name = "ROLE,…", default_value = "")]
    pub pgouser_roles: String,
}

/// `pgo update pgouser`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo update pgouser <user> [flags]",
    after_help = "Examples:\n  pgo update pgouser ann --pgouser-roles=reader,writer"
)]
pub(crate) struct UpdatePgouserArgs {
    /// Name of the user; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// The user may use every namespace.
    #[arg(long)]
    pub all_namespaces: bool,
    /// Does nothing: this command does not ask.
    #[arg(long, hide = true)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Namespaces that the user may use.
    #[arg(long, value_name = "NAMESPACE,…", default_value = "")]
    pub pgouser_namespaces: String,
    /// Password of the user.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub pgouser_password: String,
    /// Roles of the user.
    #[arg(long, value_name = "ROLE,…", default_value = "")]
    pub pgouser_roles: String,
}

/// `pgo show pgouser`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show pgouser <user>... [flags]")]
pub(crate) struct ShowPgouserArgs {
    /// Names of the users.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every user.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
}

/// `pgo delete pgouser`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete pgouser <user>... [flags]")]
pub(crate) struct DeletePgouserArgs {
    /// Names of the users.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every user.
    #[arg(long)]
    pub all: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
