//! What the commands say about a cluster that is well.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds};
use serde_json::Value;

#[tokio::test]
async fn the_commands_describe_the_cluster() -> Outcome {
    scene("commands", async |scene| {
        let created = scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let workflow = created.workflow()?.to_owned();
        scene.cluster("hippo").ready(1, seconds(5)).await?;

        show_cluster(scene).await?;
        show_cluster_as_json(scene).await?;
        test_cluster(scene).await?;
        status(scene).await?;
        claims_and_workflow(scene, &workflow).await?;
        nothing_found(scene).await
    })
    .await
}

#[tokio::test]
async fn versions_are_shown_without_a_cluster() -> Outcome {
    scene("version", async |scene| {
        let shown = scene.pgo(&["version"]).await?;
        shown.has_line(&["pgo client version 4.2."])?;
        shown.has_line(&["pgo-apiserver version 4.2."])
    })
    .await
}

async fn show_cluster(scene: &Scene) -> Result<()> {
    let pods = scene.cluster("hippo").instances().await?;
    for arguments in [
        ["show", "cluster", "hippo"],
        ["show", "cluster", "--all"],
        ["show", "cluster", "--selector=name=hippo"],
    ] {
        let shown = scene.pgo(&arguments).await?;
        shown.has_line(&["cluster : hippo (", "crunchy-postgres-ha:"])?;
        shown.has_line(&["pod : hippo-", "(Running) on ", "(1/1) (primary)"])?;
        shown.has_line(&["pod : hippo-", "(Running) on ", "(1/1) (replica)"])?;
        shown.has_line(&["pvc : hippo"])?;
        shown.has_line(&["resources : CPU Limit="])?;
        shown.has_line(&["storage : Primary=", "Replica="])?;
        shown.has_line(&["deployment : hippo-backrest-shared-repo"])?;
        shown.has_line(&["service : hippo - ClusterIP ("])?;
        shown.has_line(&["service : hippo-replica - ClusterIP ("])?;
        shown.has_line(&["pgreplica : hippo-"])?;
        shown.has_line(&["labels : ", "pg-cluster=hippo"])?;
        for pod in &pods {
            let node = pod
                .spec
                .as_ref()
                .and_then(|spec| spec.node_name.as_deref())
                .context("a node")?;
            shown.has_line(&[pod.metadata.name.as_deref().context("a name")?, node])?;
        }
    }
    Ok(())
}

async fn show_cluster_as_json(scene: &Scene) -> Result<()> {
    let shown = scene.pgo(&["show", "cluster", "hippo", "-o", "json"]).await?;
    let json: Value = serde_json::from_str(&shown.stdout)?;
    let result = &json["Results"][0];
    ensure!(json["Code"] == "ok", "{json}");
    ensure!(result["cluster"]["metadata"]["name"] == "hippo", "{json}");
    ensure!(
        result["Pods"]
            .as_array()
            .is_some_and(|pods| pods.iter().any(|pod| pod["Primary"] == true)),
        "{json}"
    );
    ensure!(
        result["Replicas"]
            .as_array()
            .is_some_and(|replicas| replicas.len() == 1),
        "{json}"
    );
    Ok(())
}

async fn test_cluster(scene: &Scene) -> Result<()> {
    let tested = scene.pgo(&["test", "hippo"]).await?;
    tested.has_line(&["cluster : hippo"])?;
    for kind in ["primary", "replica"] {
        tested.has_line(&[kind, ":5432): UP"])?;
        tested.has_line(&[kind, "(hippo-", "): UP"])?;
    }
    ensure!(!tested.stdout.contains("DOWN"), "{}", tested.stdout);
    let json: Value = serde_json::from_str(&scene.pgo(&["test", "--all", "-o", "json"]).await?.stdout)?;
    ensure!(json["Results"][0]["ClusterName"] == "hippo", "{json}");
    Ok(())
}

async fn status(scene: &Scene) -> Result<()> {
    let shown = scene.pgo(&["status"]).await?;
    shown.has_line(&["Operator Start:"])?;
    // Every Deployment counts, as in 4.2: the repository, too.
    shown.has_line(&["Databases:", "3"])?;
    shown.has_line(&["Claims:", "3"])?;
    shown.has_line(&["Total Volume Size:"])?;
    shown.has_line(&["crunchy-postgres-ha:"])?;
    shown.has_line(&["Status:Ready"])?;
    let json: Value = serde_json::from_str(&scene.pgo(&["status", "-o", "json"]).await?.stdout)?;
    ensure!(
        json["Result"]["NumDatabases"] == 3 && json["Result"]["NotReady"].is_array(),
        "{json}"
    );
    Ok(())
}

async fn claims_and_workflow(scene: &Scene, workflow: &str) -> Result<()> {
    let claims = scene.pgo(&["show", "pvc", "hippo"]).await?;
    claims.has_line(&["Cluster Name", "PVC Name"])?;
    claims.has_line(&["hippo", "hippo-pgbr-repo"])?;
    scene
        .pgo(&["show", "pvc", "--all"])
        .await?
        .has_line(&["hippo", "hippo-pgbr-repo"])?;
    let diary = scene.pgo(&["show", "workflow", workflow]).await?;
    diary.has_line(&["parameter", "value"])?;
    diary.has_line(&["workflowid", workflow])?;
    diary.has_line(&["task completed"])
}

async fn nothing_found(scene: &Scene) -> Result<()> {
    scene
        .pgo(&["show", "cluster", "absent"])
        .await?
        .has_line(&["No clusters found."])?;
    scene
        .pgo(&["test", "absent"])
        .await?
        .has_line(&["Nothing found."])?;
    scene
        .pgo(&["show", "pvc", "absent"])
        .await?
        .has_line(&["No PVC Results"])
}
