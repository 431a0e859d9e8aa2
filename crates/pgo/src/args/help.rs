//! Help texts.

use clap::{Args, Command};

use super::tree;

/// `pgo help`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "pgo help [command]...")]
pub(crate) struct HelpArgs {
    /// The command's words.
    #[arg(hide = true)]
    pub words: Vec<String>,
}

const TEMPLATE: &str = "{about-with-newline}\nUsage:\n  {usage}\n\n{all-args}{after-help}\n";

/// Explains the command that these words name; `None` when they name none.
pub(crate) fn help_of(words: &[String]) -> Option<String> {
    render(words, TEMPLATE)
}

/// Says how the command that these words name is used: what follows a complaint.
pub(crate) fn usage_of(words: &[String]) -> Option<String> {
    render(words, "Usage:\n  {usage}\n\n{all-args}\n")
}

fn render(words: &[String], template: &'static str) -> Option<String> {
    let mut root = tree();
    root.build();
    let mut command: &mut Command = &mut root;
    for word in words {
        command = command.find_subcommand_mut(word)?;
    }
    let text = command.clone().help_template(template).render_help().to_string();
    let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    Some(format!("{}\n", text.trim_end()))
}
