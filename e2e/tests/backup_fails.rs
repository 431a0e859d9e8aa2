//! The first backup fails: it is seen, it is tried again, and no replica is made before one succeeds.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use e2e::{Cluster, Outcome, Scene, scene, seconds, until};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams, PostParams};
use serde_json::json;

#[tokio::test]
async fn a_full_repository_is_seen_and_the_backup_succeeds_once_there_is_room() -> Outcome {
    scene("backup-fails", async |scene| {
        // The repository's volume is there already, and full.
        let claim = json!({
            "metadata": { "name": "hippo-pgbr-repo", "labels": { "vendor": "crunchydata", "pg-cluster": "hippo" } },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "48Mi" } },
            },
        });
        scene
            .api::<PersistentVolumeClaim>()
            .create(&PostParams::default(), &serde_json::from_value(claim)?)
            .await?;
        on_the_volume(scene, "fill", "dd if=/dev/zero of=/repo/ballast bs=1M || true; test -s /repo/ballast").await?;

        scene.pgo(&["create", "cluster", "hippo", "--replica-count=1"]).await?;
        let cluster = scene.cluster("hippo");
        cluster.sql().await.context("the primary does not depend on the repository")?;
        let object = cluster.condition("BackedUp", "False", seconds(90)).await?;
        let said = |object: &pgo_crd::Pgcluster| {
            let conditions = object.status.iter().flat_map(|status| &status.conditions);
            conditions.filter(|it| it.status == "False").map(|it| format!("{}: {}", it.reason, it.message)).collect::<Vec<_>>()
        };
        let failed = |it: Option<&pgo_crd::Pgcluster>| {
            it.is_some_and(|it| said(it).iter().any(|line| line.contains("Fail")))
        };
        let what = "a condition says that it failed";
        until(&cluster.api(), "hippo", seconds(90), what, failed).await.with_context(|| format!("{:?}", said(&object)))?;
        let replicas = ListParams::default().labels("replica-name");
        ensure!(scene.api::<Deployment>().list(&replicas).await?.items.is_empty(), "a replica without a backup");
        cluster.sql().await?.execute("create table t as select 1 as n").await.context("writes go on")?;

        on_the_volume(scene, "empty", "rm /repo/ballast").await?;
        cluster.ready(1, seconds(240)).await.context("it is tried again")?;
        cluster.streaming(1, seconds(30)).await
    })
    .await
}

#[tokio::test]
async fn a_repository_that_lost_everything_is_made_usable_again() -> Outcome {
    scene("repo-lost", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        let cluster = scene.cluster("hippo");
        let first = backups(&cluster).await?;
        ensure!(first.len() == 1, "after the birth there is {first:?}");
        on_the_volume(scene, "lose", "rm -rf /repo/*").await?;
        let mut looks = tokio::time::interval(seconds(2));
        let deadline = Instant::now() + seconds(180);
        while backups(&cluster).await.unwrap_or_default().is_empty() {
            ensure!(Instant::now() < deadline, "no backup is taken");
            looks.tick().await;
        }
        cluster
            .sql()
            .await?
            .execute("create table t as select 1 as n")
            .await?;
        // Made from what is in the repository now.
        scene.pgo(&["scale", "hippo", "--no-prompt", "--wait"]).await?;
        cluster.streaming(1, seconds(30)).await
    })
    .await
}

/// The backups that pgBackRest knows.
async fn backups(cluster: &Cluster) -> Result<Vec<String>> {
    let repository = cluster.repository().await?.name_any();
    let command = [
        "pgbackrest",
        "--config=/tmp/pgbackrest/pgbackrest.conf",
        "--output=json",
        "info",
    ];
    let stanzas: serde_json::Value = serde_json::from_str(&cluster.run(&repository, &command).await?)?;
    let backups = stanzas[0]["backup"].as_array().cloned().unwrap_or_default();
    Ok(backups.iter().map(|backup| backup["label"].to_string()).collect())
}

/// Runs a shell command beside the repository, as its user, with the repository's volume at `/repo`.
async fn on_the_volume(scene: &Scene, name: &str, command: &str) -> Result<()> {
    let image = scene.world.database_image().await?;
    let pod = json!({
        "metadata": { "name": name },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": false,
            "securityContext": {
                "runAsUser": 2000, "runAsGroup": 2000, "fsGroup": 2000, "runAsNonRoot": true,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "containers": [{
                "name": "shell",
                "image": image,
                "command": ["sh", "-c", command],
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
                "volumeMounts": [{ "name": "repo", "mountPath": "/repo" }],
            }],
            "volumes": [{ "name": "repo", "persistentVolumeClaim": { "claimName": "hippo-pgbr-repo" } }],
        },
    });
    let pods = scene.api::<Pod>();
    pods.create(&PostParams::default(), &serde_json::from_value(pod)?)
        .await?;
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone());
    let over = |pod: Option<&Pod>| {
        pod.and_then(phase)
            .is_some_and(|it| it == "Succeeded" || it == "Failed")
    };
    let ended = until(&pods, name, seconds(90), &format!("{name} has ended"), over)
        .await?
        .context("a pod")?;
    ensure!(
        phase(&ended).as_deref() == Some("Succeeded"),
        "{} failed",
        ended.name_any()
    );
    pods.delete(name, &DeleteParams::default()).await?;
    Ok(())
}
