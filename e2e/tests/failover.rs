//! The primary is lost under load: what was acknowledged stays, another instance takes over, the old one follows.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Ack, Cluster, Ledger, Outcome, Scene, Writer, scene, scene_alone, seconds, until, until_all};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::runtime::watcher;
use kube::{Api, ResourceExt as _};
use serde_json::json;

/// Far above every figure that `make bench` prints, on a machine however slow; below it nobody waits for a timeout.
const PATIENCE: Duration = seconds(45);

/// What is done to the primary's pod.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Deleted,
    ForceDeleted,
    Killed,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_with_the_primary() -> Outcome {
    scene("failover", async |scene| {
        // Commits wait for a replica here, so that whatever is lost was promised.
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
        for fault in [Fault::Deleted, Fault::ForceDeleted, Fault::Killed] {
            strike(scene, fault).await.with_context(|| format!("{fault:?}"))?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_deleted_primary_hands_over_before_it_goes() -> Outcome {
    scene("handover", async |scene| {
        // Without waiting commits, a graceful end still ships everything.
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        strike(scene, Fault::Deleted).await
    })
    .await
}

#[tokio::test]
async fn failover_needs_no_operator() -> Outcome {
    scene_alone("unattended", async |scene| {
        scene
            .pgo(&[
                "create",
                "cluster",
                "hippo",
                "--replica-count=1",
                "--sync-replication",
                "--wait",
            ])
            .await?;
        scale_operator(scene, 0).await?;
        let struck = strike_once(scene, Fault::ForceDeleted).await;
        // The operator comes back whatever happened: every other test needs it.
        scale_operator(scene, 1).await?;
        let (writer, before) = struck?;
        let cluster = scene.cluster("hippo");
        heals(&cluster, writer, before, 1).await?;
        cluster.ready(1, seconds(90)).await.map(drop)
    })
    .await
}

/// One fault, seen to its end.
async fn strike(scene: &Scene, fault: Fault) -> Result<()> {
    let cluster = scene.cluster("hippo");
    let replicas = cluster.instances().await?.len() - 1;
    let (writer, struck) = strike_once(scene, fault).await?;
    heals(&cluster, writer, struck, replicas).await
}

/// The fault, and the first write after it.
async fn strike_once(scene: &Scene, fault: Fault) -> Result<(Writer, Struck)> {
    let cluster = scene.cluster("hippo");
    let primary = cluster.primary().await?;
    let name = primary.name_any();
    let address: IpAddr = primary
        .status
        .and_then(|it| it.pod_ip)
        .context("an address")?
        .parse()?;
    let door = cluster.door().await?;
    let first = cluster
        .sql()
        .await?
        .value("select coalesce(max(id), 0) + 1 from ledger")
        .await
        .unwrap_or(0);
    let writer = if first == 0 {
        Writer::start(door).await?
    } else {
        Writer::resume(door, first).await?
    };
    let at = Instant::now();
    match fault {
        Fault::Deleted => {
            cluster
                .api::<Pod>()
                .delete(&name, &DeleteParams::default())
                .await?;
        }
        Fault::ForceDeleted => {
            cluster
                .api::<Pod>()
                .delete(&name, &DeleteParams::default().grace_period(0))
                .await?;
        }
        Fault::Killed => {
            let bed = scene.world.bed().await?;
            bed.kill_container(&scene.namespace, &name, "database").await?;
        }
    }
    // A container that is killed may come back as the primary it was; a pod that is gone may not.
    let ack = match fault {
        Fault::Killed => {
            writer
                .acknowledged_after(at + Duration::from_millis(300), PATIENCE)
                .await?
        }
        Fault::Deleted | Fault::ForceDeleted => writer.acknowledged_by_other(address, PATIENCE).await?,
    };
    Ok((writer, Struck { old: address, ack }))
}

struct Struck {
    old: IpAddr,
    ack: Ack,
}

/// All instances are back, follow, and hold every row.
async fn heals(cluster: &Cluster, writer: Writer, struck: Struck, replicas: usize) -> Result<()> {
    cluster.roles(replicas, seconds(120)).await?;
    cluster.streaming(i64::try_from(replicas)?, seconds(60)).await?;
    let ledger = writer.stop().await?;
    ensure!(
        ledger.longest_gap() < PATIENCE,
        "no write for {:?}",
        ledger.longest_gap()
    );
    one_primary_at_a_time(&ledger, &struck)?;
    ledger.holds(&cluster.sql().await?).await?;
    for replica in cluster.replicas().await? {
        let session = cluster.sql_at(&replica).await?;
        // A replica replays a moment later.
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        let deadline = Instant::now() + seconds(20);
        while let Err(lost) = ledger.holds(&session).await {
            ensure!(Instant::now() < deadline, "on {}: {lost}", replica.name_any());
            ticks.tick().await;
        }
    }
    Ok(())
}

/// Once another has acknowledged, the old one never does again.
fn one_primary_at_a_time(ledger: &Ledger, struck: &Struck) -> Result<()> {
    if struck.ack.by == struck.old {
        return Ok(());
    }
    let again = ledger
        .acks
        .iter()
        .find(|ack| ack.by == struck.old && ack.at > struck.ack.at);
    ensure!(again.is_none(), "the old primary acknowledged again: {again:?}");
    Ok(())
}

async fn scale_operator(scene: &Scene, replicas: i32) -> Result<()> {
    let client = scene.world.client.clone();
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "pgo");
    let patch = json!({ "spec": { "replicas": replicas } });
    deployments
        .patch("postgres-operator", &PatchParams::default(), &Patch::Merge(patch))
        .await?;
    if replicas == 0 {
        let selection = watcher::Config::default().labels("name=postgres-operator");
        let pods: Api<Pod> = Api::namespaced(client, "pgo");
        until_all(pods, selection, seconds(90), "the operator is gone", |all| {
            all.is_empty()
        })
        .await?;
    } else {
        let ready = |it: Option<&Deployment>| {
            let status = it.and_then(|it| it.status.as_ref());
            status.and_then(|status| status.ready_replicas) == Some(replicas)
        };
        until(
            &deployments,
            "postgres-operator",
            seconds(90),
            "the operator is ready",
            ready,
        )
        .await?;
    }
    Ok(())
}
