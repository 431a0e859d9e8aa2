//! Flags of `benchmark`, `show benchmark` and `delete benchmark`.

use clap::Args;

use super::offered::{REPORTED, SHOWN};
use super::value::integer;

/// `pgo benchmark`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo benchmark <cluster> [flags]",
    after_help = "Examples:\n  pgo benchmark hippo --clients=10 --jobs=2 --transactions=1000"
)]
pub(crate) struct BenchmarkArgs {
    /// Name of the cluster; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// More arguments of pgbench for the run.
    #[arg(long, short = 'b', value_name = "OPTIONS", default_value = "")]
    pub benchmark_opts: String,
    /// Clients at the same time.
    #[arg(long, short = 'c', value_name = "N", default_value = "1", value_parser = integer)]
    pub clients: i64,
    /// Database to run in.
    #[arg(long, short = 'd', value_name = "NAME", default_value = "postgres")]
    pub database: String,
    /// More arguments of pgbench for its preparation.
    #[arg(long, short = 'i', value_name = "OPTIONS", default_value = "")]
    pub init_opts: String,
    /// Threads of pgbench.
    #[arg(long, short = 'j', value_name = "N", default_value = "1", value_parser = integer)]
    pub jobs: i64,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Policy with the SQL of a transaction.
    #[arg(long, short = 'p', value_name = "POLICY", default_value = "")]
    pub policy: String,
    /// Size of the tables.
    #[arg(long, value_name = "N", default_value = "1", value_parser = integer)]
    pub scale: i64,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    /// Transactions of each client.
    #[arg(long, short = 't', value_name = "N", default_value = "1", value_parser = integer)]
    pub transactions: i64,
}

/// `pgo show benchmark`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo show benchmark <cluster> [flags]")]
pub(crate) struct ShowBenchmarkArgs {
    /// Name of the cluster; only the first counts.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo delete benchmark`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo delete benchmark <cluster> [flags]")]
pub(crate) struct DeleteBenchmarkArgs {
    /// Name of the cluster; only the first counts.
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
