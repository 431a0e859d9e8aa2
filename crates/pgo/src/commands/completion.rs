//! `pgo completion`

use clap_complete::Shell;

use crate::args::CompletionArgs;
use crate::completion::script;
use crate::failure::Failure;
use crate::printer::Printer;

/// Prints the completion script of a shell. Needs no server.
pub(crate) fn run(printer: Printer, args: &CompletionArgs) -> Result<(), Failure> {
    let shell = match args.shells.first().map(String::as_str) {
        Some("bash") => Shell::Bash,
        Some("zsh") => Shell::Zsh,
        Some("fish") => Shell::Fish,
        Some(other) => {
            return Err(Failure::Usage(format!(
                "no completion for {other:?}; say bash, zsh or fish"
            )));
        }
        None => {
            return Err(Failure::Usage(
                "say for which shell: bash, zsh or fish".to_owned(),
            ));
        }
    };
    printer.write(&script(shell))
}
