//! A cluster is deleted, with or without its data and backups, and nothing else stays.

use anyhow::{Result, ensure};
use e2e::{Inventory, Outcome, Scene, scene, seconds};

/// What stays when data is kept: the volume, and what a new cluster of the same name needs to open it to its users.
const DATA: [&str; 6] = [
    "PersistentVolumeClaim/hippo",
    "Secret/hippo-postgres-secret",
    "Secret/hippo-primaryuser-secret",
    "Secret/hippo-testuser-secret",
    "Secret/hippo-instance-tls",
    "Secret/hippo-ca",
];
/// What stays when backups are kept.
const BACKUPS: [&str; 3] = [
    "PersistentVolumeClaim/hippo-pgbr-repo",
    "Secret/hippo-backrest-repo-config",
    "Secret/hippo-ca",
];

#[tokio::test]
async fn nothing_stays_unless_asked() -> Outcome {
    scene("delete", async |scene| {
        let before = born(scene, 1).await?;
        let deleted = scene
            .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
            .await?;
        deleted.has_line(&["deleted pgcluster hippo"])?;
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn kept_data_is_found_by_a_new_cluster_of_the_same_name() -> Outcome {
    scene("keep-data", async |scene| {
        let before = born(scene, 0).await?;
        delete(scene, &["--keep-data"]).await?;
        stays(scene, &before, &[&DATA]).await?;
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        finds_the_row(scene).await
    })
    .await
}

#[tokio::test]
async fn kept_backups_stay_alone() -> Outcome {
    scene("keep-backups", async |scene| {
        let before = born(scene, 0).await?;
        delete(scene, &["--keep-backups"]).await?;
        stays(scene, &before, &[&BACKUPS]).await
    })
    .await
}

#[tokio::test]
async fn kept_data_and_backups_are_both_taken_up_again() -> Outcome {
    scene("keep-both", async |scene| {
        let before = born(scene, 0).await?;
        delete(scene, &["--keep-data", "--keep-backups"]).await?;
        stays(scene, &before, &[&DATA, &BACKUPS]).await?;
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        finds_the_row(scene).await?;
        scene
            .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
            .await?;
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn a_cluster_can_be_deleted_before_it_is_born() -> Outcome {
    scene("unborn", async |scene| {
        let before = scene.inventory().await?;
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1"])
            .await?;
        scene
            .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
            .await?;
        scene.nothing_since(&before).await
    })
    .await
}

/// A complete cluster with a row in it; returns what existed before.
async fn born(scene: &Scene, replicas: i32) -> Result<Inventory> {
    let before = scene.inventory().await?;
    let count = format!("--replica-count={replicas}");
    scene
        .pgo(&["create", "cluster", "hippo", &count, "--wait"])
        .await?;
    let cluster = scene.cluster("hippo");
    cluster.ready(replicas, seconds(5)).await?;
    cluster
        .sql()
        .await?
        .execute("create table t as select 42 as n")
        .await?;
    Ok(before)
}

async fn delete(scene: &Scene, keep: &[&str]) -> Result<()> {
    let mut arguments = vec!["delete", "cluster", "hippo", "--no-prompt", "--wait"];
    arguments.extend(keep);
    scene
        .pgo(&arguments)
        .await?
        .has_line(&["deleted pgcluster hippo"])
}

async fn stays(scene: &Scene, before: &Inventory, expected: &[&[&str]]) -> Result<()> {
    let expected = expected.iter().copied().flatten().copied().collect();
    scene.only_since(before, &expected).await
}

async fn finds_the_row(scene: &Scene) -> Result<()> {
    let cluster = scene.cluster("hippo");
    ensure!(
        cluster.sql().await?.value::<i32>("select n from t").await? == 42,
        "the row is gone"
    );
    cluster.ready(0, seconds(5)).await.map(drop)
}
