//! A whole node vanishes, with an instance on it. These run last and alone: they take away what all others stand on.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Bed, Cluster, Outcome, Scene, Session, Writer, scene_alone, seconds, until};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt as _};
use pgo_crd::Pgcluster;

#[tokio::test]
async fn the_node_of_the_primary_is_lost_and_comes_back() -> Outcome {
    scene_alone("node", async |scene| {
        let cluster = born(scene).await?;
        let primary = node(&cluster.primary().await?)?;
        let repository = node(&cluster.repository().await?)?;
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
        let cluster = born(scene).await?;
        let node = node(&cluster.repository().await?)?;
        cluster.lead_from(|it| it == node).await?;
        lose(scene, &node).await
    })
    .await
}

#[tokio::test]
async fn the_status_says_within_seconds_that_a_replica_is_lost_with_its_node() -> Outcome {
    scene_alone("node-replica", async |scene| {
        let cluster = born(scene).await?;
        let replica = replica_beside_no_operator(scene, &cluster).await?;
        let lost = node(&replica)?;
        let bed = scene.world.bed().await?;
        let said = said_of_lost(&bed, &cluster, &lost).await;
        bed.heal_node(&lost).await?;
        let status = said?.status.context("the cluster has no status")?;
        let ready = status.conditions.iter().find(|it| it.type_ == "Ready");
        let message = &ready.context("it does not say whether it is ready")?.message;
        let instance = &replica.labels()["deployment-name"];
        let missing = format!("Not ready: {instance} (the primary hears nothing from it)");
        ensure!(*message == missing, "it says: {message}");
        ensure!(
            status.replicas == 1,
            "{} replicas are said to be ready",
            status.replicas
        );
        cluster.ready(2, seconds(120)).await?;
        the_doors_are_back(scene).await
    })
    .await
}

#[tokio::test]
async fn a_replica_that_is_made_right_after_the_loss_follows_the_living_timeline() -> Outcome {
    scene_alone("node-scale", async |scene| {
        let cluster = born(scene).await?;
        let node = node(&cluster.primary().await?)?;
        let writer = lose_under_load(scene, &node).await?;
        // The old primary is back and would still like to store what it wrote last. The API server may not be back yet.
        scene.kubectl(&["apply", "-f", "-"], REPLICA).await?.succeeded()?;
        cluster.roles(3, seconds(180)).await?;
        cluster.streaming(3, seconds(60)).await?;
        let ledger = writer.stop().await?;
        for pod in cluster.instances().await? {
            let session = cluster.sql_at(&pod).await?;
            replayed(&cluster, &session).await?;
            ledger
                .holds(&session)
                .await
                .with_context(|| format!("on {}", pod.name_any()))?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_written_without_the_lost_node_is_in_the_next_cluster() -> Outcome {
    scene_alone("node-kept", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let bed = scene.world.bed().await?;
        let cluster = scene.cluster("hippo");
        let old = cluster.primary_address().await?;
        let lost = node(&cluster.primary().await?)?;
        let writer = Writer::start(cluster.door().await?).await?;
        let written = write_and_delete(scene, &bed, &writer, &lost, old).await;
        bed.heal_node(&lost).await?;
        written?;
        let ledger = writer.stop().await?;

        let gone = |it: Option<&Pgcluster>| it.is_none();
        let clusters = scene.api::<Pgcluster>();
        until(&clusters, "hippo", seconds(180), "the cluster is gone", gone).await?;
        the_doors_are_back(scene).await?;
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        // Commits did not wait for the replica: what the lost primary alone had acknowledged may be gone.
        let session = cluster.sql().await?;
        let missing = ledger.missing(&session).await?;
        let by_heir: Vec<_> = missing.iter().filter(|ack| ack.by != old).collect();
        ensure!(by_heir.is_empty(), "acknowledged and lost: {by_heir:?}");
        Ok(())
    })
    .await
}

const REPLICA: &str = "
apiVersion: crunchydata.com/v1
kind: Pgreplica
metadata: { name: hippo-late }
spec: { clustername: hippo }
";

/// A cluster of three whose commits wait for a replica.
async fn born(scene: &Scene) -> Result<Cluster> {
    let flags = ["--replica-count=2", "--sync-replication", "--wait"];
    scene
        .pgo(&[&["create", "cluster", "hippo"][..], &flags].concat())
        .await?;
    Ok(scene.cluster("hippo"))
}

/// Waits until an instance has replayed what the primary has written so far.
async fn replayed(cluster: &Cluster, instance: &Session) -> Result<()> {
    let written: String = cluster
        .sql()
        .await?
        .value("select pg_current_wal_lsn()::text")
        .await?;
    let query = format!("select not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= '{written}'");
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let deadline = Instant::now() + seconds(30);
    while !instance.value::<bool>(&query).await? {
        ensure!(Instant::now() < deadline, "{written} is not replayed");
        ticks.tick().await;
    }
    Ok(())
}

/// The cluster is deleted while the first instance is away and cannot hear of what is written.
async fn write_and_delete(scene: &Scene, bed: &Bed, writer: &Writer, lost: &str, old: IpAddr) -> Result<()> {
    take_over(bed, writer, lost, old).await?;
    writer.acknowledged_after(Instant::now(), seconds(30)).await?;
    scene
        .kubectl(&["delete", "pgcluster", "hippo", "--wait=false"], "")
        .await?
        .succeeded()
        .map(drop)
}

/// Kills a node and waits until the cluster is not ready: half as long as Kubernetes needs to notice the loss.
async fn said_of_lost(bed: &Bed, cluster: &Cluster, lost: &str) -> Result<Pgcluster> {
    bed.kill_node(lost).await?;
    cluster.condition("Ready", "False", seconds(20)).await
}

/// A replica whose loss the operator survives: on its way to another node it would say nothing.
async fn replica_beside_no_operator(scene: &Scene, cluster: &Cluster) -> Result<Pod> {
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    let selection = ListParams::default().labels("name=postgres-operator");
    let operators = pods.list(&selection).await?.items;
    let taken: Vec<_> = operators.iter().map(node).collect::<Result<_>>()?;
    for replica in cluster.replicas().await? {
        if !taken.contains(&node(&replica)?) {
            return Ok(replica);
        }
    }
    bail!("every replica is beside an operator")
}

/// Kills a node under load, and brings it back whatever comes of it.
async fn lose(scene: &Scene, lost: &str) -> Result<()> {
    let cluster = scene.cluster("hippo");
    let writer = lose_under_load(scene, lost).await?;
    cluster.roles(2, seconds(180)).await?;
    cluster.streaming(2, seconds(60)).await?;
    let ledger = writer.stop().await?;
    ledger.holds(&cluster.sql().await?).await?;
    cluster.ready(2, seconds(120)).await?;
    the_doors_are_back(scene).await
}

/// Kills a node and heals it as soon as another instance has taken over. The writer goes on.
async fn lose_under_load(scene: &Scene, lost: &str) -> Result<Writer> {
    let bed = scene.world.bed().await?;
    let cluster = scene.cluster("hippo");
    let old = cluster.primary_address().await?;
    let writer = Writer::start(cluster.door().await?).await?;
    let took_over = take_over(&bed, &writer, lost, old).await;
    bed.heal_node(lost).await?;
    took_over?;
    Ok(writer)
}

async fn take_over(bed: &Bed, writer: &Writer, lost: &str, old: IpAddr) -> Result<()> {
    bed.kill_node(lost).await?;
    writer
        .acknowledged_by_other(old, seconds(60))
        .await
        .context("nobody took over")
        .map(drop)
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
