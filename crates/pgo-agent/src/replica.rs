//! `create-replica`: makes a data directory from the latest backup. Patroni falls back to copying the primary.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use pgo_postgres::pgbackrest::command;
use tracing::{error, info};

use crate::instance::settings::Settings;

/// What there is to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// Nothing.
    Empty,
    /// A data directory, or what an interrupted restore left: files that are right are kept.
    Database,
    /// Something else, which is in the way.
    Rubbish,
}

/// Restores.
pub(crate) fn create(settings: &Settings) -> ExitCode {
    let data = settings.data();
    let ground = ground(&data);
    info!(?ground, "a replica is made from the repository");
    if ground == Ground::Rubbish
        && let Err(error) = fs::remove_dir_all(&data)
    {
        error!(%error, path = %data.display(), "what is in the way cannot be removed");
        return ExitCode::FAILURE;
    }
    let conf = settings.places.pgbackrest_conf();
    let restore = command::Command::Restore {
        delta: ground == Ground::Database,
    };
    let status = Command::new("pgbackrest")
        .args(restore.argv(&conf.to_string_lossy(), &settings.stanza))
        .stdin(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            error!(%status, "the latest backup could not be restored");
            ExitCode::FAILURE
        }
        Err(error) => {
            error!(%error, "pgbackrest cannot be started");
            ExitCode::FAILURE
        }
    }
}

fn ground(data: &Path) -> Ground {
    let has = |name: &str| data.join(name).exists();
    if has("PG_VERSION") || has("backup.manifest") {
        Ground::Database
    } else if fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none()) {
        Ground::Empty
    } else {
        Ground::Rubbish
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_restore_is_continued_and_rubbish_is_not() {
        let volume = tempfile::tempdir().unwrap();
        let data = volume.path().join("hippo");
        assert_eq!(ground(&data), Ground::Empty);
        fs::create_dir(&data).unwrap();
        assert_eq!(ground(&data), Ground::Empty);
        fs::write(data.join("notes"), "").unwrap();
        assert_eq!(ground(&data), Ground::Rubbish);
        fs::write(data.join("backup.manifest"), "").unwrap();
        assert_eq!(ground(&data), Ground::Database);
    }
}
