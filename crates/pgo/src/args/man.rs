//! `pgo man`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `pgo man`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo man [command]... [flags]",
    after_help = "Examples:\n  pgo man create cluster | man -l -\n  pgo man --directory=/usr/local/share/man/man1"
)]
pub(crate) struct ManArgs {
    /// The command's words.
    #[arg(hide = true)]
    pub words: Vec<String>,
    /// Write the pages of all commands into this directory instead of one to the output.
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
}
