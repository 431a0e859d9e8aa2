//! `pgo completion`.

use clap::Args;

use super::offered::Offered;

/// `pgo completion`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo completion bash|zsh|fish",
    after_help = "Examples:\n  source <(pgo completion bash)\n  \
                  pgo completion zsh > \"${fpath[1]}/_pgo\"\n  \
                  pgo completion fish > ~/.config/fish/completions/pgo.fish"
)]
pub(crate) struct CompletionArgs {
    /// The shell.
    #[arg(hide = true, value_parser = Offered(&["bash", "zsh", "fish"]))]
    pub shells: Vec<String>,
}
