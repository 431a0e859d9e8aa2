//! Data that was kept: a new cluster of the same name starts from the volume of the last primary, or not at all.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds};
use k8s_openapi::api::core::v1::Pod;

const LAST_PRIMARY: &str = "pgo.crunchydata.com/last-primary";

#[tokio::test]
async fn a_new_cluster_starts_from_the_volume_of_the_last_primary() -> Outcome {
    scene("last-primary", async |scene| {
        let before = scene.inventory().await?;
        let volume = led_by_another(scene).await?;
        delete(scene).await?;
        let hippo = scene.cluster("hippo");
        let last = hippo.last_primarys_volume().await?;
        ensure!(last == volume, "they say {last}, not {volume}");

        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        finds_both_rows(scene, &volume).await?;
        for (name, says) in hippo.volumes().await? {
            ensure!(says.is_none(), "{name} still says {says:?}");
        }

        // A replica of that name has a volume of its own; it goes with its data and leaves the primary's.
        let replica = format!(
            "apiVersion: crunchydata.com/v1\nkind: Pgreplica\nmetadata: {{name: {volume}}}\nspec: {{clustername: hippo}}\n"
        );
        scene
            .kubectl(&["apply", "-f", "-"], &replica)
            .await?
            .succeeded()?;
        hippo.ready(1, seconds(180)).await?;
        hippo.streaming(1, seconds(30)).await?;
        let target = format!("--target={volume}");
        scene
            .pgo(&["scaledown", "hippo", &target, "--no-prompt", "--wait"])
            .await?;
        let left = hippo.volumes().await?;
        ensure!(
            left.iter().map(|(name, _)| name).eq([&volume]),
            "these volumes are left: {left:?}"
        );

        // And once more: the volume is alone, and not called like the cluster.
        delete(scene).await?;
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        finds_both_rows(scene, &volume).await?;
        scene
            .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
            .await?;
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn volumes_that_do_not_agree_start_nothing_until_somebody_decides() -> Outcome {
    scene("undecided", async |scene| {
        let volume = led_by_another(scene).await?;
        delete(scene).await?;
        // As an earlier version left it.
        let forget = format!("{LAST_PRIMARY}-");
        scene
            .kubectl(&["annotate", "pvc", "-l", "pg-cluster=hippo", &forget], "")
            .await?
            .succeeded()?;
        let kept = scene.inventory().await?;

        scene
            .try_pgo(&["create", "cluster", "hippo"])
            .await?
            .refused(&["do not say which one", "kubectl annotate pvc"])?;
        scene.nothing_since(&kept).await?;

        // Who applies it hears it from the operator.
        let applied = "apiVersion: crunchydata.com/v1\nkind: Pgcluster\nmetadata: {name: hippo}\nspec: {}\n";
        scene.kubectl(&["apply", "-f", "-"], applied).await?.succeeded()?;
        let hippo = scene.cluster("hippo");
        let refused = hippo.condition("Accepted", "False", seconds(30)).await?;
        let conditions = refused.status.context("a status")?.conditions;
        let said = conditions.iter().find(|it| it.type_ == "Accepted");
        ensure!(said.is_some_and(|it| it.reason == "Undecided"), "{said:?}");
        let made = scene.inventory().await?.since(&kept);
        for kind in ["Deployment", "PersistentVolumeClaim", "Service"] {
            ensure!(made.of_kind(kind).is_empty(), "something was made: {made:?}");
        }

        let choose = format!("{LAST_PRIMARY}={volume}");
        scene
            .kubectl(
                &[
                    "annotate",
                    "pvc",
                    "-l",
                    "pg-cluster=hippo",
                    "--overwrite",
                    &choose,
                ],
                "",
            )
            .await?
            .succeeded()?;
        finds_both_rows(scene, &volume).await
    })
    .await
}

/// A cluster with a row from before and one from after a failover; returns the volume of the one that leads now.
async fn led_by_another(scene: &Scene) -> Result<String> {
    scene
        .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
        .await?;
    let cluster = scene.cluster("hippo");
    let session = cluster.sql().await?;
    session.execute("create table t as select 42 as n").await?;
    let first = node(&cluster.primary().await?)?;
    cluster.lead_from(|node| node != first).await?;
    cluster.sql().await?.execute("insert into t values (43)").await?;
    let volume = cluster.volume().await?;
    ensure!(volume != "hippo", "the first instance leads again");
    // When the cluster goes, a replica that hears of it last may lead for a moment.
    cluster.nobody_else_leads(scene).await?;
    Ok(volume)
}

fn node(pod: &Pod) -> Result<String> {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.context("a pod without a node")
}

async fn delete(scene: &Scene) -> Result<()> {
    scene
        .pgo(&[
            "delete",
            "cluster",
            "hippo",
            "--keep-data",
            "--no-prompt",
            "--wait",
        ])
        .await
        .map(drop)
}

async fn finds_both_rows(scene: &Scene, volume: &str) -> Result<()> {
    let cluster = scene.cluster("hippo");
    cluster.ready(0, seconds(180)).await?;
    let sum = cluster
        .sql()
        .await?
        .value::<i64>("select sum(n) from t")
        .await
        .context("the table is gone")?;
    ensure!(sum == 42 + 43, "a row is gone: {sum}");
    let used = cluster.volume().await?;
    ensure!(used == volume, "it runs from {used}, not {volume}");
    Ok(())
}
