//! The Kubernetes API answers nobody for a while, as when its own store is slow. No cluster may suffer from that.

use std::time::Instant;

use anyhow::{Result, ensure};
use e2e::{Outcome, Scene, Writer, scene_alone, seconds};

/// Longer than the leader's lock lasts.
const STANDSTILL: std::time::Duration = seconds(20);

#[tokio::test]
async fn a_primary_goes_on_while_kubernetes_stands_still_and_after() -> Outcome {
    scene_alone("standstill", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=2", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        let primary = cluster.primary_address().await?;
        let born = started(scene).await?;
        let writer = Writer::start(cluster.door().await?).await?;

        let bed = scene.world.bed().await?;
        bed.freeze("kube-apiserver").await?;
        let went_on = writer
            .acknowledged_after(Instant::now() + STANDSTILL, STANDSTILL + seconds(10))
            .await;
        bed.thaw("kube-apiserver").await?;
        went_on?;
        // What the API carries out late, and what Patroni makes of it, shows in the first rounds afterwards.
        writer
            .acknowledged_after(Instant::now() + seconds(10), seconds(40))
            .await?;

        let ledger = writer.stop().await?;
        let others: Vec<_> = ledger.acks.iter().filter(|ack| ack.by != primary).collect();
        ensure!(
            others.is_empty(),
            "another instance took over: {:?}",
            others.first()
        );
        ensure!(started(scene).await? == born, "PostgreSQL was started again");
        ledger.holds(&cluster.sql().await?).await?;
        cluster.streaming(2, seconds(60)).await?;
        cluster.ready(2, seconds(60)).await.map(drop)
    })
    .await
}

/// When the primary's PostgreSQL was started.
async fn started(scene: &Scene) -> Result<String> {
    let session = scene.cluster("hippo").superuser().await?;
    session.value("select pg_postmaster_start_time()::text").await
}
