//! A stanza whose making was interrupted.
//!
//! pgBackRest writes `archive.info` first and `backup.info` last. When it dies in between, or the volume is full, every
//! further stanza-create refuses with error 55 and speaks of corruption. As long as there is no backup, nothing that is
//! in the repository can be of use, and the stanza may be made anew. With a single backup in it, it is left alone.

use std::fs;
use std::path::Path;

use pgo_postgres::pgbackrest::command::{Command, Stanza, Target};
use tracing::info;

use super::Repository;
use super::run::run;

/// Removes a half-made stanza. What goes wrong is left for stanza-create to complain about.
pub(super) async fn clear(repository: &Repository, target: &Target) {
    if !is_half_made(&repository.path, &repository.stanza) {
        return;
    }
    info!("the making of the stanza was interrupted before there was a backup, it begins anew");
    if run(repository, &Command::Stop, &None).await == 0 {
        run(repository, &Command::StanzaDelete(target.clone()), &None).await;
    }
    // Always: a stanza that stays stopped takes no WAL.
    run(repository, &Command::Start, &None).await;
}

/// Whether a stanza has information about its archive, none about its backups, and no backup.
pub(super) fn is_half_made(repository: &Path, stanza: &Stanza) -> bool {
    let archive = repository.join("archive").join(&stanza.0);
    let backups = repository.join("backup").join(&stanza.0);
    let is_begun = ["archive.info", "archive.info.copy"]
        .iter()
        .any(|file| archive.join(file).exists());
    let is_empty = match fs::read_dir(&backups) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    is_begun && is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[&str]) -> tempfile::TempDir {
        let repository = tempfile::tempdir().unwrap();
        for file in files {
            let path = repository.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        repository
    }

    fn seen(files: &[&str]) -> bool {
        is_half_made(repository(files).path(), &Stanza("db".to_owned()))
    }

    #[test]
    fn only_a_stanza_without_any_backup_is_half_made() {
        assert!(seen(&["archive/db/archive.info"]));
        assert!(seen(&[
            "archive/db/archive.info.copy",
            "archive/db/17-1/0000000100000000/wal.zst"
        ]));
        assert!(!seen(&[]));
        assert!(!seen(&["archive/db/archive.info", "backup/db/backup.info"]));
        assert!(!seen(&["archive/db/archive.info", "backup/db/backup.info.copy"]));
        assert!(!seen(&[
            "archive/db/archive.info",
            "backup/db/20261121-120000F/backup.manifest"
        ]));
        assert!(!seen(&["archive/other/archive.info"]));
    }
}
