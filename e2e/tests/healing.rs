//! Instances heal by themselves after losses that leave nobody to hand over.

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use e2e::{Cluster, Outcome, Scene, Writer, scene, seconds, until, until_all};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, LogParams};
use kube::runtime::watcher;

#[tokio::test]
async fn a_leader_whose_container_does_not_come_back_is_replaced() -> Outcome {
    scene("back-off", async |scene| {
        let cluster = born(scene, &["--replica-count=1", "--sync-replication"]).await?;
        let victim = cluster.replicas().await?.pop().context("a replica")?;
        let name = victim.name_any();
        // From the third death on, Kubernetes waits for 20 s and more before it starts the container again.
        for deaths in 1..=2 {
            kill(scene, &name).await?;
            let what = format!("{name} runs again after {deaths} deaths");
            until(&cluster.api::<Pod>(), &name, seconds(90), &what, |pod| {
                pod.is_some_and(|pod| runs_after(pod, deaths))
            })
            .await?;
            cluster.roles(1, seconds(60)).await?;
            cluster.streaming(1, seconds(60)).await?;
        }
        cluster.lead_from(|node| Some(node) == node_of(&victim)).await?;
        let old = cluster.primary_address().await?;
        let writer = Writer::start(cluster.door().await?).await?;
        kill(scene, &name).await?;
        writer.acknowledged_by_other(old, seconds(45)).await?;
        proof_was_found(&cluster, &name).await?;
        heals(&cluster, writer, 1).await
    })
    .await
}

#[tokio::test]
async fn all_instances_at_once_come_back_as_who_they_were() -> Outcome {
    scene("all-at-once", async |scene| {
        let cluster = born(scene, &["--replica-count=2", "--sync-replication"]).await?;
        let before: Vec<_> = cluster
            .instances()
            .await?
            .iter()
            .map(ResourceExt::name_any)
            .collect();
        let writer = Writer::start(cluster.door().await?).await?;
        let all = ListParams::default().labels("pg-cluster=hippo,pgo-pg-database=true");
        cluster
            .api::<Pod>()
            .delete_collection(&DeleteParams::default().grace_period(0), &all)
            .await?;
        let others = |name: &String| !before.contains(name);
        let selection = watcher::Config::default().labels("pg-cluster=hippo,role=master");
        until_all(
            cluster.api::<Pod>(),
            selection,
            seconds(120),
            "a new pod leads",
            |pods| pods.keys().any(others),
        )
        .await?;
        heals(&cluster, writer, 2).await
    })
    .await
}

#[tokio::test]
async fn a_synchronous_primary_without_replicas_comes_back() -> Outcome {
    scene("sync-alone", async |scene| {
        let cluster = born(scene, &["--sync-replication"]).await?;
        let primary = cluster.primary().await?.name_any();
        let old = cluster.primary_address().await?;
        let writer = Writer::start(cluster.door().await?).await?;
        cluster
            .api::<Pod>()
            .delete(&primary, &DeleteParams::default())
            .await?;
        writer.acknowledged_by_other(old, seconds(120)).await?;
        heals(&cluster, writer, 0).await
    })
    .await
}

#[tokio::test]
async fn without_automatic_failover_the_primary_comes_back_as_primary() -> Outcome {
    scene("autofail-off", async |scene| {
        let cluster = born(scene, &["--replica-count=1", "--disable-autofail"]).await?;
        let primary = cluster.primary().await?;
        let old: IpAddr = cluster.primary_address().await?;
        let writer = Writer::start(cluster.door().await?).await?;
        cluster
            .api::<Pod>()
            .delete(&primary.name_any(), &DeleteParams::default())
            .await?;
        writer.acknowledged_by_other(old, seconds(120)).await?;
        heals(&cluster, writer, 1).await?;
        let now = cluster.primary().await?;
        ensure!(
            instance_of(&now) == instance_of(&primary),
            "{} leads after {}",
            now.name_any(),
            primary.name_any()
        );
        Ok(())
    })
    .await
}

async fn born(scene: &Scene, flags: &[&str]) -> Result<Cluster> {
    let words: Vec<_> = ["create", "cluster", "hippo", "--wait"]
        .iter()
        .chain(flags)
        .copied()
        .collect();
    scene.pgo(&words).await?;
    Ok(scene.cluster("hippo"))
}

async fn kill(scene: &Scene, pod: &str) -> Result<()> {
    let bed = scene.world.bed().await?;
    bed.kill_container(&scene.namespace, pod, "database").await
}

/// The replica that leads now says that it saw the container dead, and Kubernetes did not refuse to give the lock back.
/// An answer that came too late does not say what became of it.
async fn proof_was_found(cluster: &Cluster, dead: &str) -> Result<()> {
    let leader = cluster.primary().await?.name_any();
    let whole = LogParams {
        container: Some("database".to_owned()),
        ..LogParams::default()
    };
    let log = cluster.api::<Pod>().logs(&leader, &whole).await?;
    let proof = log
        .lines()
        .find(|line| line.contains("dead") && line.contains(dead) && !line.contains("refused"));
    proof
        .map(drop)
        .with_context(|| format!("{leader} did not see that {dead} is dead"))
}

/// All instances follow again, and nothing acknowledged is lost.
async fn heals(cluster: &Cluster, writer: Writer, replicas: usize) -> Result<()> {
    cluster.roles(replicas, seconds(180)).await?;
    cluster.streaming(i64::try_from(replicas)?, seconds(60)).await?;
    let ledger = writer.stop().await?;
    ledger.holds(&cluster.sql().await?).await
}

fn runs_after(pod: &Pod, deaths: i32) -> bool {
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let mut database = statuses.filter(|status| status.name == "database");
    database.any(|status| {
        let running = status.state.as_ref().is_some_and(|state| state.running.is_some());
        running && status.restart_count >= deaths
    })
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}

/// The Deployment of a pod, by its name.
fn instance_of(pod: &Pod) -> Option<String> {
    pod.name_any().rsplitn(3, '-').nth(2).map(str::to_owned)
}
