//! Completion scripts.

mod offer;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use clap::{Arg, ValueHint};
use clap_complete::{Shell, generate};

use crate::args::tree;
use crate::printer::Printer;
use offer::offer;

/// Where version 4.2 leaves the script when `GENERATE_BASH_COMPLETION` is set.
const BASH_FILE: &str = "/tmp/pgo-bash-completion.out";

/// What follows the script for bash.
const AFTER_BASH: &str = include_str!("completion/pgo.bash");

/// Writes the completion script of a shell.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut offer(&tree()), "pgo", &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => format!("{script}\n{AFTER_BASH}"),
        // To zsh, two colons mean that no flag may follow.
        Shell::Zsh => script.replace("'*::words:'", "'*:words:'"),
        // Otherwise fish offers files in the place of names.
        Shell::Fish => format!("complete -c pgo -f\n{script}"),
        _ => script.into_owned(),
    }
}

/// Leaves the script for bash where version 4.2 did. What goes wrong here must not keep the command from running.
pub(crate) fn write_for_bash(printer: Printer) {
    if let Err(error) = replace(Path::new(BASH_FILE), script(Shell::Bash).as_bytes()) {
        printer.remark(&format!("cannot write {BASH_FILE}: {error}"));
    }
}

/// Answers kubectl, which completes `kubectl pgo …`: candidates for the last of these words, each with what it is, and
/// then whether files come into question (`:0`) or not (`:4`).
pub(crate) fn for_kubectl(words: &[String]) -> String {
    let (last, before) = match words.split_last() {
        Some((last, before)) => (last.as_str(), before),
        None => ("", words),
    };
    let root = offer(&tree());
    let mut command = &root;
    for word in before.iter().filter(|word| !word.starts_with('-')) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let flags = || command.get_arguments().chain(root.get_arguments());
    // kubectl wants what follows the sign of equality alone.
    let (name, begun) = match last.split_once('=') {
        Some((name, begun)) if name.starts_with('-') => (Some(name), begun),
        _ => (before.last().map(String::as_str), last),
    };
    let is_valued = |flag: &&Arg| flag.get_action().takes_values();
    let valued = name.and_then(|name| flags().filter(is_valued).find(|flag| is_called(flag, name)));
    if let Some(flag) = valued {
        return values(flag, begun);
    }
    let commands = command
        .get_subcommands()
        .map(|part| (part.get_name().to_owned(), part.get_about()));
    let flags = flags().filter_map(|flag| Some((format!("--{}", flag.get_long()?), flag.get_help())));
    let mut candidates: Vec<String> = commands
        .chain(flags.filter(|_| last.starts_with('-')))
        .filter(|(name, _)| name.starts_with(last))
        .map(|(name, about)| format!("{name}\t{}\n", about.map(ToString::to_string).unwrap_or_default()))
        .collect();
    candidates.sort();
    candidates.dedup();
    candidates.push(":4\n".to_owned());
    candidates.concat()
}

/// The values of a flag that begin like this.
fn values(flag: &Arg, begun: &str) -> String {
    let is_file = matches!(flag.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath);
    let values = flag.get_possible_values();
    let values = values.iter().map(clap::builder::PossibleValue::get_name);
    let values = values.filter(|value| value.starts_with(begun));
    values
        .flat_map(|value| [value, "\n"])
        .chain([if is_file { ":0\n" } else { ":4\n" }])
        .collect()
}

fn is_called(flag: &Arg, word: &str) -> bool {
    let long = flag.get_long().map(|long| format!("--{long}"));
    let short = flag.get_short().map(|short| format!("-{short}"));
    [long, short].iter().flatten().any(|name| name == word)
}

/// Replaces a file in a directory that others may write to: a link in its place is replaced, not followed.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::File::create_new(&fresh).and_then(|mut file| file.write_all(content));
    let outcome = written.and_then(|()| fs::rename(&fresh, path));
    if outcome.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&fresh);
    }
    outcome
}

#[cfg(test)]
mod tests;
