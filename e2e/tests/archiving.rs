//! WAL that does not get into the repository: the cluster's status says so, and why, and when it is over.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds};
use pgo_crd::Pgcluster;

/// Where the repository keeps WAL.
const ARCHIVE: &str = "/backrestrepo/hippo-backrest-shared-repo/archive";

#[tokio::test]
async fn wal_that_waits_in_vain_is_a_condition_until_it_gets_through() -> Outcome {
    scene("archiving", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        let cluster = scene.cluster("hippo");
        cluster
            .condition("ContinuousArchiving", "True", seconds(10))
            .await?;

        in_the_repository(scene, &["chmod", "-R", "a-w", ARCHIVE]).await?;
        let session = cluster.superuser().await?;
        session
            .execute("create table t as select 1 as n; select pg_switch_wal()")
            .await?;
        let object = cluster
            .condition("ContinuousArchiving", "False", seconds(180))
            .await?;
        let (reason, message) = said(&object)?;
        ensure!(reason == "ArchiveFailing", "{reason}: {message}");
        for words in ["No WAL has been archived since 20", "Permission denied"] {
            ensure!(message.contains(words), "{message}");
        }
        cluster.condition("Ready", "False", seconds(10)).await?;

        in_the_repository(scene, &["chmod", "-R", "u+w", ARCHIVE]).await?;
        cluster
            .condition("ContinuousArchiving", "True", seconds(120))
            .await?;
        cluster.ready(0, seconds(10)).await.map(drop)
    })
    .await
}

async fn in_the_repository(scene: &Scene, command: &[&str]) -> Result<()> {
    let exec = ["exec", "deployment/hippo-backrest-shared-repo", "--"];
    scene
        .kubectl(&[&exec[..], command].concat(), "")
        .await?
        .succeeded()
        .map(drop)
}

fn said(cluster: &Pgcluster) -> Result<(&str, &str)> {
    let mut conditions = cluster.status.iter().flat_map(|status| &status.conditions);
    let condition = conditions.find(|it| it.type_ == "ContinuousArchiving");
    condition
        .map(|it| (it.reason.as_str(), it.message.as_str()))
        .context("no such condition")
}
