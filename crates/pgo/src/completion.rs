//! Completion scripts.

use std::fs;
use std::io::Write as _;
use std::path::Path;

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
