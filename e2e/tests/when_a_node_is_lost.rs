//! A whole node vanishes, with the primary on it. These run last and alone: they take away what all others stand on.

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use e2e::{Bed, Outcome, Scene, Writer, scene_alone, seconds};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;

#[tokio::test]
async fn the_node_of_the_primary_is_lost_and_comes_back() -> Outcome {
    scene_alone("node", async |scene| {
        scene
            .pgo(&[
                "create",
                "cluster",
                "hippo",
                "--replica-count=2",
                "--sync-replication",
                "--wait",
            ])
            .await?;
        let primary = node(&scene.cluster("hippo").primary().await?)?;
        let repository = node(&repository(scene).await?)?;
        ensure!(
            primary != repository,
            "the repository shares the node of the primary"
        );
        lose(scene, &primary).await
    })
    .await
}

#[tokio::test]
async fn the_node_of_the_primary_is_lost_together_with_the_repository() -> Outcome {
    scene_alone("node-repo", async |scene| {
        scene
            .pgo(&[
                "create",
                "cluster",
                "hippo",
                "--replica-count=2",
                "--sync-replication",
                "--wait",
            ])
            .await?;
        let node = node(&repository(scene).await?)?;
        scene.cluster("hippo").lead_from(|it| it == node).await?;
        lose(scene, &node).await
    })
    .await
}

/// Kills a node under load, and brings it back whatever comes of it.
async fn lose(scene: &Scene, lost: &str) -> Result<()> {
    let bed = scene.world.bed().await?;
    let cluster = scene.cluster("hippo");
    let old = cluster.primary_address().await?;
    let writer = Writer::start(cluster.door().await?).await?;
    let took_over = take_over(&bed, &writer, lost, old).await;
    bed.heal_node(lost).await?;
    took_over?;

    cluster.roles(2, seconds(180)).await?;
    cluster.streaming(2, seconds(60)).await?;
    let ledger = writer.stop().await?;
    ledger.holds(&cluster.sql().await?).await?;
    cluster.ready(2, seconds(120)).await?;
    the_doors_are_back(scene).await
}

async fn take_over(bed: &Bed, writer: &Writer, lost: &str, old: IpAddr) -> Result<()> {
    bed.kill_node(lost).await?;
    writer
        .acknowledged_by_other(old, seconds(60))
        .await
        .context("nobody took over")
        .map(drop)
}

async fn repository(scene: &Scene) -> Result<Pod> {
    let selector = ListParams::default().labels("pg-cluster=hippo,name=hippo-backrest-shared-repo");
    scene
        .api::<Pod>()
        .list(&selector)
        .await?
        .items
        .into_iter()
        .next()
        .context("no repository")
}

fn node(pod: &Pod) -> Result<String> {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.node_name.clone())
        .context("a pod without a node")
}

/// The operator or the API server may have been on the node, too.
async fn the_doors_are_back(scene: &Scene) -> Result<()> {
    scene.pgo(&["version"]).await.map(drop)
}
