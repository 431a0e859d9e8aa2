//! Write gap: the primary's node is lost, with or without the repository.

use anyhow::{Context as _, Result};
use e2e::{Cluster, Scene, World, seconds};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use serde_json::json;

use crate::gap;
use crate::report::{Figure, Report, secs};
use crate::stage::on_stage;

/// Where the repository is when the node goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repository {
    Elsewhere,
    Lost,
}

pub(crate) async fn measure(
    world: &World,
    repository: Repository,
    n: u32,
    report: &mut Report,
) -> Result<()> {
    on_stage(world, "node", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=2", "--wait"])
            .await?;
        for _ in 0..n {
            take(scene, repository, report).await?;
        }
        Ok(())
    })
    .await
}

async fn take(scene: &Scene, repository: Repository, report: &mut Report) -> Result<()> {
    let cluster = scene.cluster("hippo");
    let home = node(&cluster.repository().await?)?;
    cluster
        .lead_from(|node| (node == home) == (repository == Repository::Lost))
        .await?;
    let lost = node(&cluster.primary().await?)?;
    let old = cluster.primary_address().await?;
    let bed = scene.world.bed().await?;
    let writer = gap::start(&cluster).await?;
    let killed = bed.kill_node(&lost).await;
    let took_over = writer.acknowledged_by_other(old, seconds(360)).await;
    bed.heal_node(&lost).await?;
    killed?;
    took_over?;
    healed(&cluster).await?;
    let ledger = writer.stop().await?;
    let name = match repository {
        Repository::Elsewhere => "write gap: primary's node lost",
        Repository::Lost => "write gap: primary's node lost with the repository",
    };
    let missing = ledger.missing(&cluster.sql().await?).await?.len();
    let more = json!({ "lost": missing, "acknowledged": ledger.acks.len() });
    report.sample(
        Figure::seconds(name, "≤ 15 s"),
        secs(ledger.longest_gap()),
        None,
        more,
    )
}

async fn healed(cluster: &Cluster) -> Result<()> {
    cluster.roles(2, seconds(240)).await?;
    cluster.streaming(2, seconds(120)).await?;
    cluster.ready(2, seconds(240)).await.map(drop)
}

fn node(pod: &Pod) -> Result<String> {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.with_context(|| format!("{} has no node", pod.name_any()))
}
