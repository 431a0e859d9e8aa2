//! Flags of the commands about users of PostgreSQL.

use clap::Args;

use super::offered::{REPORTED, SHOWN};
use super::value::integer;

/// `pgo create user`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create user <cluster>... [flags]",
    after_help = "Examples:\n  pgo create user hippo --username=ann --managed"
)]
pub(crate) struct CreateUserArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Keep the credentials in a Secret of the cluster.
    #[arg(long)]
    pub managed: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Password; made by the server when left out.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub password: String,
    /// Length of a password that the server makes.
    #[arg(long, value_name = "N", default_value = "22", value_parser = integer)]
    pub password_length: i64,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    /// Name of the user.
    #[arg(long, value_name = "USER", default_value = "")]
    pub username: String,
    /// Days that the password is valid; -1 is for ever.
    #[arg(long, value_name = "N", default_value = "30", value_parser = integer)]
    pub valid_days: i64,
}

/// `pgo update user`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo update user <cluster>... [flags]",
    after_help = "Examples:\n  pgo update user hippo --username=ann --password=secret\n  \
                  pgo update user --all --expired=7"
)]
pub(crate) struct UpdateUserArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Let the password be invalid from now on.
    #[arg(long)]
    pub expire_user: bool,
    /// Renew the passwords that expire within so many days.
    #[arg(long, value_name = "DAYS", default_value = "")]
    pub expired: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// New password.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub password: String,
    /// Length of a password that the server makes.
    #[arg(long, value_name = "N", default_value = "22", value_parser = integer)]
    pub password_length: i64,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    /// Name of the user.
    #[arg(long, value_name = "USER", default_value = "")]
    pub username: String,
    /// Days that the password is valid; 30 when the password changes.
    #[arg(long, value_name = "N", value_parser = integer)]
    pub valid_days: Option<i64>,
}

/// `pgo show user`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show user <cluster>... [flags]")]
pub(crate) struct ShowUserArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Users whose password expires within so many days.
    #[arg(long, value_name = "DAYS", default_value = "")]
    pub expired: String,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo delete user`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo delete user <cluster>... [flags]",
    after_help = "Examples:\n  pgo delete user hippo --username=ann"
)]
pub(crate) struct DeleteUserArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    /// Name of the user.
    #[arg(long, value_name = "USER", default_value = "")]
    pub username: String,
}
