//! Manual pages, made from the command tree.

use clap::Command;
use clap_mangen::Man;

use crate::failure::Failure;

/// A manual page of section 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The command's words, joined by dashes.
    pub name: String,
    /// The text, as `roff`.
    pub text: String,
}

/// Writes the pages of a command and of all below it.
pub(crate) fn pages(mut tree: Command) -> Result<Vec<Page>, Failure> {
    tree.build();
    let mut pages = Vec::new();
    collect(&tree, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let name = command.get_bin_name().unwrap_or("pgo").replace(' ', "-");
    let mut text = Vec::new();
    // Flags of every command have a page of their own: that of pgo.
    let own = if command.get_bin_name().is_none_or(|words| words == "pgo") {
        command.clone()
    } else {
        command.clone().mut_args(|arg| {
            let is_hidden = arg.is_hide_set() || arg.is_global_set();
            arg.hide(is_hidden)
        })
    };
    Man::new(own)
        .title(&name)
        .source("pgo")
        .manual("PostgreSQL operator")
        .render(&mut text)?;
    pages.push(Page {
        name,
        // Not every reader of manual pages knows what stands beyond ASCII.
        text: String::from_utf8_lossy(&text).replace('…', "..."),
    });
    for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
        collect(part, pages)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::tree;

    #[test]
    fn every_command_has_a_page_that_every_reader_can_read() {
        let pages = pages(tree()).unwrap();
        let page = |name: &str| pages.iter().find(|page| page.name == name).unwrap();
        for page in &pages {
            assert!(page.text.is_ascii(), "{}", page.name);
        }
        assert!(page("pgo").text.contains("apiserver"));
        let create = &page("pgo-create-cluster").text;
        assert!(
            create.contains("replica") && !create.contains("apiserver"),
            "{create}"
        );
        assert!(pages.iter().all(|page| page.name != "pgo-create-backup"));
    }
}
