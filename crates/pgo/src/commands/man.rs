//! `pgo man`

use crate::args::{ManArgs, tree};
use crate::failure::Failure;
use crate::man::{Page, pages};
use crate::printer::Printer;

/// Prints a manual page, or writes all of them into a directory. Needs no server.
pub(crate) fn run(printer: Printer, args: &ManArgs) -> Result<(), Failure> {
    let pages = pages(tree())?;
    if let Some(directory) = &args.directory {
        let fails = |error| {
            Failure::Usage(format!(
                "cannot write manual pages to {}: {error}",
                directory.display()
            ))
        };
        std::fs::create_dir_all(directory).map_err(fails)?;
        for Page { name, text } in &pages {
            std::fs::write(directory.join(format!("{name}.1")), text).map_err(fails)?;
        }
        return printer.line(&format!(
            "{} pages written to {}",
            pages.len(),
            directory.display()
        ));
    }
    let wanted = ["pgo"]
        .into_iter()
        .chain(args.words.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("-");
    match pages.into_iter().find(|page| page.name == wanted) {
        Some(page) => printer.write(&page.text),
        None => Err(Failure::Usage(format!(
            "no manual page for {:?}; run 'pgo --help' for the commands",
            args.words.join(" ")
        ))),
    }
}
