//! The stanza: what has to be in the repository before it takes WAL and backups.
//!
//! A repository that was kept when a cluster was deleted knows another database. The stanza is upgraded then: the kept
//! backups stay, and those of the new cluster are told apart from them.

use pgo_postgres::pgbackrest::command::{Command, Target, exit};

use super::run::{Client, run, say};
use super::{Repository, half_made};

/// Makes the stanza for the database of `target`, and says with what status that ended. Needs the turn.
pub(super) async fn make(repository: &Repository, target: Target, client: &Client) -> i32 {
    half_made::clear(repository, &target).await;
    let status = run(repository, &Command::StanzaCreate(target.clone()), client).await;
    if status != exit::FILE_INVALID {
        return status;
    }
    let why =
        "the repository has kept what another database stored here: it stays, and the stanza is upgraded";
    say(client, why.to_owned()).await;
    run(repository, &Command::StanzaUpgrade(target), client).await
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::super::testing::{repository, target};
    use super::*;

    // One test: whoever reaps takes the children of all.
    #[tokio::test]
    async fn a_repository_that_knows_another_database_is_upgraded_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let repository = repository(directory.path());
        let children = repository.children.clone();
        let reaper = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                children.reap();
            }
        });
        for (created, ends, asked) in [
            (0, 0, "stanza-create\n"),
            (28, 0, "stanza-create\nstanza-upgrade\n"),
            (40, 40, "stanza-create\n"),
        ] {
            fs::write(directory.path().join("created"), created.to_string()).unwrap();
            let _ = fs::remove_file(directory.path().join("asked"));
            assert_eq!(make(&repository, target(), &None).await, ends);
            assert_eq!(fs::read_to_string(directory.path().join("asked")).unwrap(), asked);
        }
        reaper.abort();
    }
}
