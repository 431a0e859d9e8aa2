//! Completion scripts.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use clap::{Arg, ValueHint};
use clap_complete::{Shell, generate};

use crate::args::tree;
use crate::printer::Printer;

/// Where version 4.2 leaves the script when `GENERATE_BASH_COMPLETION` is set.
const BASH_FILE: &str = "/tmp/pgo-bash-completion.out";

/// Writes the completion script of a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut tree(), "pgo", &mut script);
    script
}

/// Leaves the script for bash where version 4.2 did. What goes wrong here must not keep the command from running.
pub(crate) fn write_for_bash(printer: Printer) {
    if let Err(error) = replace(Path::new(BASH_FILE), &script(Shell::Bash)) {
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
    let root = tree();
    let mut command = &root;
    for word in before.iter().filter(|word| !word.starts_with('-')) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let flags = || command.get_arguments().chain(root.get_arguments());
    let valued = before.last().and_then(|word| {
        flags().find(|flag| {
            flag.get_action().takes_values() && !flag.is_require_equals_set() && is_called(flag, word)
        })
    });
    if let Some(flag) = valued {
        let is_file = matches!(flag.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath);
        return if is_file { ":0\n" } else { ":4\n" }.to_owned();
    }
    let commands = command
        .get_subcommands()
        .filter(|part| !part.is_hide_set())
        .map(|part| (part.get_name().to_owned(), part.get_about()));
    let flags = flags()
        .filter(|flag| !flag.is_hide_set())
        .filter_map(|flag| Some((format!("--{}", flag.get_long()?), flag.get_help())));
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
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_the_file_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let (victim, path) = (
            directory.path().join("victim"),
            directory.path().join("completion.out"),
        );
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        replace(&path, b"script").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&path).unwrap(), "script");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
    }

    #[test]
    fn kubectl_learns_commands_flags_and_where_files_may_stand() {
        let complete = |line: &str| {
            let words: Vec<String> = line.split(' ').map(ToOwned::to_owned).collect();
            for_kubectl(&words)
        };
        assert_eq!(
            complete("sc"),
            "scale\tAdd replicas to clusters\nscaledown\tRemove a replica from a cluster\n:4\n"
        );
        assert!(complete("-n ns show cl").starts_with("cluster\tShow PostgreSQL clusters"));
        assert!(complete("create ").contains("\nuser\t") && !complete("create ").starts_with("backup"));
        let flags = complete("show cluster hippo --a");
        assert!(
            flags.starts_with("--all\tEvery cluster") && flags.contains("--apiserver-url"),
            "{flags}"
        );
        assert_eq!(complete("create policy p --in-file x"), ":0\n");
        assert_eq!(complete("create policy p -i "), ":0\n");
        assert_eq!(complete("create cluster hippo --labels "), ":4\n");
        assert_eq!(complete("show cluster hippo"), ":4\n");
        assert_eq!(for_kubectl(&[]), complete(""));
    }

    #[test]
    fn every_shell_learns_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = String::from_utf8(script(shell)).unwrap();
            assert!(
                script.contains("scaledown") && script.contains("replica-count"),
                "{shell}"
            );
        }
    }
}
