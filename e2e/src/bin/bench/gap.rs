//! Write gaps: how long no write is acknowledged when the primary's pod suffers.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Cluster, Ledger, Scene, World, Writer, seconds};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::DeleteParams;
use serde_json::json;

use crate::report::{Figure, Report, secs};
use crate::stage::on_stage;

/// What is done to the primary's pod.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Killed,
    Deleted,
    ForceDeleted,
}

pub(crate) async fn measure(world: &World, fault: Fault, n: u32, report: &mut Report) -> Result<()> {
    on_stage(world, "gap", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=2", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        for _ in 0..n {
            let ledger = take(scene, &cluster, fault).await?;
            note(fault, &cluster, &ledger, report).await?;
        }
        Ok(())
    })
    .await
}

async fn take(scene: &Scene, cluster: &Cluster, fault: Fault) -> Result<Ledger> {
    let primary = cluster.primary().await?;
    let name = primary.name_any();
    let address: IpAddr = primary
        .status
        .and_then(|it| it.pod_ip)
        .context("an address")?
        .parse()?;
    let writer = start(cluster).await?;
    let at = Instant::now();
    let pods = cluster.api::<Pod>();
    match fault {
        Fault::Killed => {
            let bed = scene.world.bed().await?;
            bed.kill_container(&scene.namespace, &name, "database").await?;
        }
        Fault::Deleted => drop(pods.delete(&name, &DeleteParams::default()).await?),
        Fault::ForceDeleted => drop(
            pods.delete(&name, &DeleteParams::default().grace_period(0))
                .await?,
        ),
    }
    match fault {
        // It may come back as the primary it was. The connection is dead at once, so any later answer is a new one.
        Fault::Killed => {
            writer
                .acknowledged_after(at + Duration::from_millis(200), seconds(120))
                .await?
        }
        Fault::Deleted | Fault::ForceDeleted => writer.acknowledged_by_other(address, seconds(240)).await?,
    };
    cluster.roles(2, seconds(180)).await?;
    cluster.streaming(2, seconds(120)).await?;
    writer.stop().await
}

/// A writer that goes on where the last one stopped.
pub(crate) async fn start(cluster: &Cluster) -> Result<Writer> {
    let session = cluster.sql().await?;
    let next = session.value("select coalesce(max(id), 0) + 1 from ledger").await;
    match next {
        Ok(next) => Writer::resume(cluster.door().await?, next).await,
        Err(_) => Writer::start(cluster.door().await?).await,
    }
}

async fn note(fault: Fault, cluster: &Cluster, ledger: &Ledger, report: &mut Report) -> Result<()> {
    let (name, aim) = match fault {
        Fault::Killed => ("write gap: SIGKILL of all in the primary's container", "≤ 2.5 s"),
        Fault::Deleted => ("write gap: primary's pod deleted", "≤ 2 s"),
        Fault::ForceDeleted => ("write gap: primary's pod deleted by force", "≤ 2 s"),
    };
    let lost = ledger.missing(&cluster.sql().await?).await?.len();
    let more = json!({ "lost": lost, "acknowledged": ledger.acks.len() });
    report.sample(Figure::seconds(name, aim), secs(ledger.longest_gap()), None, more)
}
