//! A repository that has lost everything under a living cluster.
//!
//! When the volume is lost and made anew, it comes back empty. Nobody orders a stanza or a first backup then: that was
//! done when the cluster was born. Without a stanza every file of WAL stays with the primary until its disk is full, and
//! without a backup the WAL is of no use. So the repository looks now and then, and makes what is missing.
//!
//! Invariant: as long as the cluster is being born, and where there is a single backup, nothing is done here.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pgo_postgres::option::Options;
use pgo_postgres::pgbackrest::command::{Command, Stanza};
use tracing::{info, warn};

use super::run::run;
use super::{Repository, half_made, primary, stanza};

/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(30);

/// Longest pause, after several tries in vain.
const LONGEST: Duration = Duration::from_mins(10);

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Nothing,
    /// There is a stanza, and no backup in it.
    Backups,
    /// There is no stanza, or one that cannot be used.
    Stanza,
}

/// Makes good for a loss, whenever there is one.
pub(super) async fn repair(repository: Arc<Repository>) {
    let mut pause = LOOK;
    loop {
        tokio::time::sleep(pause).await;
        pause = match look(&repository).await {
            Ok(()) => LOOK,
            Err(why) => {
                warn!(
                    why,
                    "the repository has no backup of a living cluster, and nothing can be done about it now"
                );
                (pause * 2).min(LONGEST)
            }
        };
    }
}

async fn look(repository: &Repository) -> Result<(), String> {
    if loss(repository).await == Loss::Nothing {
        return Ok(());
    }
    // Whoever has the turn may be making what is missing.
    let Ok(_turn) = repository.busy.clone().try_lock_owned() else {
        return Ok(());
    };
    let loss = loss(repository).await;
    if loss == Loss::Nothing {
        return Ok(());
    }
    let target = primary::find(repository, Duration::ZERO).await?;
    warn!(?loss, "the cluster lives, but the repository has no backup of it");
    if loss == Loss::Stanza {
        succeeded(stanza::make(repository, target.clone(), &None).await)?;
    }
    let full = Options::parse("--type=full")?;
    succeeded(run(repository, &Command::Backup(target, full), &None).await)?;
    info!("the repository has a backup again");
    Ok(())
}

fn succeeded(status: i32) -> Result<(), String> {
    match status {
        0 => Ok(()),
        _ => Err(format!("pgbackrest ended with status {status}")),
    }
}

async fn loss(repository: &Repository) -> Loss {
    let (path, stanza, config) = (
        repository.path.clone(),
        repository.stanza.clone(),
        repository.config.clone(),
    );
    // A volume that hangs must not hang the agent.
    let seen = tokio::task::spawn_blocking(move || {
        if !is_born(&config) {
            Loss::Nothing
        } else if is_empty(&path, &stanza) || half_made::is_half_made(&path, &stanza) {
            Loss::Stanza
        } else if has_backup(&path, &stanza) {
            Loss::Nothing
        } else {
            Loss::Backups
        }
    });
    seen.await.unwrap_or(Loss::Nothing)
}

/// Whether the operator says that the cluster had its first backup.
fn is_born(config: &Path) -> bool {
    fs::read_to_string(config.join("init")).is_ok_and(|text| text.trim() == "false")
}

/// Whether nothing at all was stored for a stanza. What cannot be read is not empty.
fn is_empty(repository: &Path, stanza: &Stanza) -> bool {
    ["archive", "backup"]
        .iter()
        .all(|kind| match fs::read_dir(repository.join(kind).join(&stanza.0)) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        })
}

/// Whether there is a backup, or whether that cannot be known. An interrupted one has no manifest yet.
fn has_backup(repository: &Path, stanza: &Stanza) -> bool {
    fs::read_dir(repository.join("backup").join(&stanza.0)).map_or(true, |entries| {
        entries
            .map_while(Result::ok)
            .any(|entry| entry.path().join("backup.manifest").exists())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{repository, store};
    use super::*;

    #[tokio::test]
    async fn a_loss_is_seen_when_the_cluster_is_born_and_no_backup_is_left() {
        let info = ["archive/db/archive.info", "backup/db/backup.info"];
        let stored = |more: &[&'static str]| [&info[..], more].concat();
        for (init, files, expected) in [
            (Some("true"), vec![], Loss::Nothing),
            (None, vec![], Loss::Nothing),
            (Some("false\n"), vec![], Loss::Stanza),
            (Some("false"), vec!["archive/other/archive.info"], Loss::Stanza),
            (Some("false"), vec!["archive/db/archive.info"], Loss::Stanza),
            (Some("false"), stored(&[]), Loss::Backups),
            (
                Some("false"),
                stored(&["backup/db/20261121-120000F/backup.manifest.copy"]),
                Loss::Backups,
            ),
            (
                Some("false"),
                stored(&["backup/db/20261121-120000F/backup.manifest"]),
                Loss::Nothing,
            ),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let repository = repository(directory.path());
            for file in &files {
                store(&repository.path, file);
            }
            if let Some(init) = init {
                fs::create_dir(&repository.config).unwrap();
                fs::write(repository.config.join("init"), init).unwrap();
            }
            assert_eq!(loss(&repository).await, expected, "init {init:?} {files:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_done_while_an_order_is_carried_out_or_the_primary_cannot_be_asked() {
        let directory = tempfile::tempdir().unwrap();
        let repository = repository(directory.path());
        fs::create_dir(&repository.config).unwrap();
        fs::write(repository.config.join("init"), "false").unwrap();
        let turn = repository.busy.clone().lock_owned().await;
        assert_eq!(look(&repository).await, Ok(()));
        drop(turn);
        assert!(look(&repository).await.is_err());
        assert!(!directory.path().join("asked").exists());
    }
}
