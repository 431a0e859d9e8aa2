//! The pages of `docs/cli`, made from the command tree and held against it.
//!
//! `PGO_WRITE_DOCS=1 cargo test -p pgo docs` writes them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};

use crate::args::{parse, tree};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli")
}

/// Every page by its file name.
fn pages() -> Vec<(String, String)> {
    let mut root = tree();
    root.build();
    let mut pages = Vec::new();
    collect(&root, &root, &mut pages);
    let index = index(&root);
    pages.push(("README.md".to_owned(), index));
    pages
}

/// The page that GitHub shows for the directory: every command there is.
fn index(root: &Command) -> String {
    let mut page = String::from(
        "# Commands of pgo\n\n\
         How to set `pgo` up, and what all commands have in common, is in [cli.md](../cli.md); \
         these pages are made from the program.\n\n\
         | command | |\n|---|---|\n",
    );
    list(root, &mut page);
    page
}

fn list(command: &Command, page: &mut String) {
    for part in shown(command) {
        if part.has_subcommands() {
            list(part, page);
        } else {
            let _ = writeln!(page, "{}", row(part));
        }
    }
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|part| !part.is_hide_set())
}

fn row(command: &Command) -> String {
    let words = command.get_bin_name().unwrap_or_default();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    format!("| [{words}]({}.md) | {about} |", words.replace(' ', "_"))
}

fn collect(root: &Command, command: &Command, pages: &mut Vec<(String, String)>) {
    let words = command.get_bin_name().unwrap_or("pgo");
    pages.push((format!("{}.md", words.replace(' ', "_")), page(root, command)));
    for part in shown(command) {
        collect(root, part, pages);
    }
}

fn page(root: &Command, command: &Command) -> String {
    let is_root = command.get_name() == root.get_name();
    let words = command.get_bin_name().unwrap_or("pgo");
    let about = command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let mut page = format!("# {words}\n\n{}.\n\n", about.trim_end_matches('.'));
    let _ = write!(page, "    {}\n\n", usage.trim_start_matches("Usage: ").trim());
    if command.has_subcommands() {
        page.push_str("| command | |\n|---|---|\n");
        for part in shown(command) {
            let _ = writeln!(page, "{}", row(part));
        }
        page.push('\n');
    }
    let is_shown =
        |arg: &&Arg| !arg.is_hide_set() && !arg.is_positional() && (arg.is_global_set() == is_root);
    let mut flags: Vec<&Arg> = command.get_arguments().filter(is_shown).collect();
    flags.sort_by_key(|flag| flag.get_long());
    if !flags.is_empty() {
        page.push_str("| flag | |\n|---|---|\n");
        for flag in flags {
            let _ = writeln!(page, "| `{}` | {} |", spelling(flag), explanation(flag));
        }
        page.push('\n');
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let examples: Vec<&str> = examples.lines().skip(1).map(str::trim).collect();
        let _ = write!(page, "Examples:\n\n    {}\n\n", examples.join("\n    "));
    }
    if !is_root {
        page.push_str("The flags of every command are listed at [pgo](pgo.md).\n");
    }
    format!("{}\n", page.trim_end())
}

fn spelling(flag: &Arg) -> String {
    let short = flag
        .get_short()
        .map(|short| format!("-{short}, "))
        .unwrap_or_default();
    let long = flag.get_long().unwrap_or_default();
    let value = flag
        .get_value_names()
        .and_then(|names| names.first())
        .filter(|_| flag.get_action().takes_values());
    let joint = if flag.is_require_equals_set() { "[=" } else { " " };
    let end = if flag.is_require_equals_set() { "]" } else { "" };
    let value = value
        .map(|value| format!("{joint}<{value}>{end}"))
        .unwrap_or_default();
    format!("{short}--{long}{value}")
}

fn explanation(flag: &Arg) -> String {
    let help = flag
        .get_help()
        .map(|help| help.to_string().replace('<', "\\<"))
        .unwrap_or_default();
    let default = flag.get_default_values().first().and_then(|value| value.to_str());
    match default.filter(|value| !value.is_empty() && flag.get_action().takes_values()) {
        Some(default) => format!("{help} (default {default})"),
        None => help,
    }
}

#[test]
fn the_pages_agree_with_the_parser() {
    let (directory, pages) = (directory(), pages());
    if std::env::var_os("PGO_WRITE_DOCS").is_some() {
        fs::create_dir_all(&directory).unwrap();
        for (name, page) in &pages {
            fs::write(directory.join(name), page).unwrap();
        }
    }
    let mut expected: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    expected.sort_unstable();
    let mut found: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(
        found, expected,
        "PGO_WRITE_DOCS=1 cargo test -p pgo docs writes the pages"
    );
    for (name, page) in &pages {
        let written = fs::read_to_string(directory.join(name)).unwrap();
        assert_eq!(
            &written, page,
            "{name}: PGO_WRITE_DOCS=1 cargo test -p pgo docs writes the pages"
        );
    }
}

/// Every command line that the documents and the help texts show.
fn shown_lines() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![
        root.join("README.md"),
        root.join("docs/cli.md"),
        root.join("docs/cluster.md"),
    ];
    files.extend(
        fs::read_dir(directory())
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    let mut lines = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("    ")) {
            let command = line.strip_prefix("kubectl ").unwrap_or(line);
            if command.starts_with("pgo ") {
                lines.push((file.display().to_string(), command.to_owned()));
            }
        }
    }
    lines
}

#[test]
fn every_command_line_that_is_shown_can_be_read() {
    let lines = shown_lines();
    assert!(lines.len() > 80, "{}", lines.len());
    for (file, line) in lines {
        // What a shell would make of it, as far as documents go.
        let line = line.split(['#', '|', '>']).next().unwrap_or_default();
        let is_pattern = line.contains(['<', '[']);
        if is_pattern {
            continue;
        }
        let words = shlex::split(line).unwrap_or_else(|| panic!("{file}: a quote is open: {line}"));
        assert!(parse(&words).is_ok(), "{file}: {line}");
    }
}
