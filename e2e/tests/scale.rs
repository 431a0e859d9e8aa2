//! Instances are added and taken away; the one that leads stays.

use anyhow::{Context as _, Result, ensure};
use e2e::{Cluster, Outcome, scene, seconds, until_all};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt as _;
use kube::api::DeleteParams;
use kube::runtime::watcher;

#[tokio::test]
async fn replicas_are_added_and_taken_away_again() -> Outcome {
    scene("scale", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        let cluster = scene.cluster("hippo");
        cluster
            .sql()
            .await?
            .execute("create table t as select 7 as n")
            .await?;
        let before = scene.inventory().await?;

        let scaled = scene
            .pgo(&["scale", "hippo", "--replica-count=2", "--no-prompt", "--wait"])
            .await?;
        scaled.has_line(&["created Pgreplica hippo-"])?;
        cluster
            .roles(2, seconds(5))
            .await
            .context("--wait returned too early")?;
        cluster.streaming(2, seconds(10)).await?;
        let door = cluster.door().await?.at(cluster.service("hippo-replica").await?);
        // The nodes learn of endpoints a moment after the pods are ready.
        let session = door.first_connection(seconds(10)).await?;
        ensure!(
            session.value::<bool>("select pg_is_in_recovery()").await?,
            "the replica Service leads elsewhere"
        );
        ensure!(session.value::<i32>("select n from t").await? == 7);

        let asked = scene.pgo(&["scaledown", "hippo", "--query"]).await?;
        let replicas = cluster.replicas().await?;
        let names: Vec<_> = replicas.iter().map(instance).collect::<Result<_>>()?;
        for name in &names {
            asked.has_line(&[name])?;
        }
        let kept = format!("--target={}", names[0]);
        scene
            .pgo(&["scaledown", "hippo", &kept, "--keep-data", "--no-prompt"])
            .await?;
        only_replicas(&cluster, 1).await?;
        ensure!(
            scene
                .inventory()
                .await?
                .of_kind("PersistentVolumeClaim")
                .contains(&names[0].as_str())
        );
        scene
            .api::<PersistentVolumeClaim>()
            .delete(&names[0], &DeleteParams::default())
            .await?;

        let target = format!("--target={}", names[1]);
        let done = scene.pgo(&["scaledown", "hippo", &target, "--no-prompt"]).await?;
        done.has_line(&["deleted Pgreplica", &names[1]])?;
        only_replicas(&cluster, 0).await?;
        cluster.ready(0, seconds(60)).await?;
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn the_leader_is_never_scaled_down() -> Outcome {
    scene("leader", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        let old = cluster.primary().await?;
        let replica = instance(&cluster.replicas().await?[0])?;
        let target = format!("--target={replica}");
        scene
            .api::<Pod>()
            .delete(&old.name_any(), &DeleteParams::default())
            .await?;
        cluster
            .primary_other_than(
                old.status
                    .and_then(|it| it.pod_ip)
                    .context("an address")?
                    .parse()?,
                seconds(60),
            )
            .await?;
        cluster.roles(1, seconds(90)).await?;
        ensure!(
            instance(&cluster.primary().await?)? == replica,
            "the replica did not take over"
        );

        let refused = scene
            .try_pgo(&["scaledown", "hippo", &target, "--no-prompt"])
            .await?;
        refused.refused(&[&replica])?;
        cluster.roles(1, seconds(5)).await?;
        ensure!(
            instance(&cluster.primary().await?)? == replica,
            "the leader was taken away"
        );
        cluster.sql().await?.execute("create table t (n int)").await
    })
    .await
}

/// The Deployment that a pod belongs to, which is how users name an instance.
fn instance(pod: &Pod) -> Result<String> {
    pod.labels()
        .get("deployment-name")
        .cloned()
        .context("a pod without deployment-name")
}

async fn only_replicas(cluster: &Cluster, count: usize) -> Result<()> {
    cluster.roles(count, seconds(90)).await?;
    let selection = watcher::Config::default().labels("pg-cluster=hippo");
    let what = format!("{count} Pgreplicas are left");
    until_all(
        cluster.api::<pgo_crd::Pgreplica>(),
        selection,
        seconds(60),
        &what,
        |all| all.len() == count,
    )
    .await?;
    Ok(())
}
