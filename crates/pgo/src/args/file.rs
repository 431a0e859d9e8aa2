//! Flags of `cat` and `ls`.

use clap::Args;

use super::offered::REPORTED;

/// `pgo cat`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo cat <cluster> <path>... [flags]",
    after_help = "Examples:\n  pgo cat hippo /pgdata/hippo/postgresql.conf"
)]
pub(crate) struct CatArgs {
    /// The cluster, and the files.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}

/// `pgo ls`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo ls <cluster> [path]... [flags]",
    after_help = "Examples:\n  pgo ls hippo /pgdata/hippo"
)]
pub(crate) struct LsArgs {
    /// The cluster, and the directories.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
}
