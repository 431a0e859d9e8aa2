//! `pgo help`

use crate::args::help_of;
use crate::failure::Failure;
use crate::printer::Printer;

/// Explains the command that these words name. Needs no server.
pub(crate) fn explain(printer: Printer, words: &[String]) -> Result<(), Failure> {
    match help_of(words) {
        Some(text) => printer.explain(&text),
        None => Err(Failure::Usage(format!(
            "Unknown help topic {:?}; run 'pgo --help' for the commands",
            words.join(" ")
        ))),
    }
}
