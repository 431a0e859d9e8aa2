//! Flags of `create pgbouncer` and `delete pgbouncer`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo create pgbouncer`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo create pgbouncer <cluster>... [flags]",
    after_help = "Examples:\n  pgo create pgbouncer hippo"
)]
pub(crate) struct CreatePgbouncerArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Password of pgBouncer's user; made by the server when left out.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub pgbouncer_pass: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo delete pgbouncer`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete pgbouncer <cluster>... [flags]")]
pub(crate) struct DeletePgbouncerArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
