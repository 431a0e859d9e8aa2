//! A volume is filled to its last byte: the cluster says so, and goes on by itself once there is room.

use std::time::Instant;

use anyhow::{Context as _, Result};
use e2e::{Cluster, Outcome, Scene, Writer, scene, seconds, until_all};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt as _;
use kube::runtime::watcher;

/// A file on the volume of an instance, and nobody's.
const BALLAST: &str = "/pgdata/ballast";

#[tokio::test]
async fn a_primary_on_a_full_volume_starts_again_once_there_is_room() -> Outcome {
    scene("full-volume", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        let cluster = scene.cluster("hippo");
        let primary = cluster.primary().await?.name_any();
        let writer = Writer::start(cluster.door().await?).await?;

        fill(scene, &primary).await?;
        told(scene).await?;
        cluster.says("Ready", "its volume is full", seconds(20)).await?;
        // PostgreSQL goes on with the files that it has, until it needs another one.
        while write_wal(&cluster).await.is_ok() {}
        cluster
            .says("PrimaryReady", "its volume is full", seconds(120))
            .await?;
        cluster.condition("Ready", "False", seconds(10)).await?;

        empty(scene, &primary).await?;
        writer.acknowledged_after(Instant::now(), seconds(180)).await?;
        let ledger = writer.stop().await?;
        ledger.holds(&cluster.sql().await?).await?;
        cluster.ready(0, seconds(60)).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn a_replica_on_a_full_volume_is_not_ready_until_there_is_room() -> Outcome {
    scene("full-replica", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        let replica = cluster
            .replicas()
            .await?
            .into_iter()
            .next()
            .context("a replica")?;

        fill(scene, &replica.name_any()).await?;
        told(scene).await?;
        for _ in 0..10 {
            write_wal(&cluster).await?;
        }
        let words = format!("Not ready: {} (its volume is full", instance(&replica)?);
        cluster.says("Ready", &words, seconds(120)).await?;
        cluster.condition("PrimaryReady", "True", seconds(10)).await?;

        empty(scene, &replica.name_any()).await?;
        cluster.ready(1, seconds(120)).await?;
        cluster.streaming(1, seconds(10)).await
    })
    .await
}

/// The instance that a pod is of.
fn instance(pod: &Pod) -> Result<&str> {
    let labels = pod.labels();
    let name = labels.get("deployment-name").context("a pod of no instance")?;
    Ok(name)
}

/// 16 MB of WAL, and nothing else on the volume.
async fn write_wal(cluster: &Cluster) -> Result<()> {
    let query = "select pg_logical_emit_message(false, '', repeat('-', 1000000)) from generate_series(1, 16)";
    cluster.superuser().await?.execute(query).await
}

async fn fill(scene: &Scene, pod: &str) -> Result<()> {
    let of = format!("of={BALLAST}");
    // That the last byte does not fit is what ends it, with a status that is not 0.
    scene
        .kubectl(&["exec", pod, "--", "dd", "if=/dev/zero", &of, "bs=64k"], "")
        .await
        .map(drop)
}

async fn empty(scene: &Scene, pod: &str) -> Result<()> {
    scene
        .kubectl(&["exec", pod, "--", "rm", BALLAST], "")
        .await?
        .succeeded()
        .map(drop)
}

/// Waits until an event says that a volume is full.
async fn told(scene: &Scene) -> Result<()> {
    let full = |it: &Event| it.reason.as_deref() == Some("VolumeFull");
    let all = watcher::Config::default();
    until_all(scene.api(), all, seconds(60), "an event VolumeFull", |events| {
        events.values().any(full)
    })
    .await
    .map(drop)
}
