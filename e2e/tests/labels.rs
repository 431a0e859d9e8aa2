//! Labels of clusters, and whether clusters fail over by themselves: what `pgo` changes on a cluster that lives.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds, until};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt as _;
use pgo_crd::Pgcluster;

#[tokio::test]
async fn labels_are_set_found_and_removed_wherever_the_cluster_is() -> Outcome {
    scene("label", async |scene| {
        for cluster in ["hippo", "rhino"] {
            scene.pgo(&["create", "cluster", cluster]).await?;
        }
        let dry = scene
            .pgo(&["label", "all", "--label=env=prod", "--dry-run"])
            .await?;
        dry.has_line(&["would have been applied"])?;
        dry.has_line(&["Label applied on hippo"])?;
        dry.has_line(&["Label applied on rhino"])?;
        ensure!(
            label_of(scene, "hippo", "env").await?.is_none(),
            "a dry run changes nothing"
        );

        // What 4.2 made of two labels was one that no label can be.
        let set = scene
            .pgo(&["label", "hippo", "--label=env=prod,team=blue"])
            .await?;
        set.has_line(&["Label applied on hippo"])?;
        for (key, value) in [("env", "prod"), ("team", "blue")] {
            ensure!(
                label_of(scene, "hippo", key).await?.as_deref() == Some(value),
                "{key}"
            );
            deployments_carry(scene, key, Some(value)).await?;
        }
        let found = scene
            .pgo(&["show", "cluster", "--selector=env=prod,team=blue"])
            .await?;
        found.has_line(&["cluster : hippo"])?;
        ensure!(!found.stdout.contains("cluster : rhino"), "{}", found.stdout);

        let removed = scene
            .pgo(&["delete", "label", "--selector=env=prod", "--label=env=prod"])
            .await?;
        removed.has_line(&["deleting label from hippo"])?;
        ensure!(label_of(scene, "hippo", "env").await?.is_none());
        deployments_carry(scene, "env", None).await?;
        deployments_carry(scene, "team", Some("blue")).await?;
        refuse(scene).await
    })
    .await
}

async fn refuse(scene: &Scene) -> Result<()> {
    let before = scene.cluster("hippo").object().await?.metadata.labels;
    for (arguments, word) in [
        (["label", "hippo", "--label=env"], "label"),
        (["label", "hippo", "--label=-=-"], "label"),
        // Whoever could set this one could hand the cluster to another.
        (["label", "hippo", "--label=pg-cluster=rhino"], "belongs to pgo"),
        (["label", "absent", "--label=env=prod"], "absent"),
        (
            ["label", "--selector=env=test", "--label=env=prod"],
            "no clusters found",
        ),
        (["label", "--selector=env in (", "--label=env=prod"], "selector"),
    ] {
        scene.try_pgo(&arguments).await?.refused(&[word])?;
    }
    ensure!(scene.cluster("hippo").object().await?.metadata.labels == before);
    Ok(())
}

#[tokio::test]
async fn failing_over_is_switched_off_and_on_again() -> Outcome {
    scene("autofail", async |scene| {
        scene.pgo(&["create", "cluster", "hippo"]).await?;
        for (arguments, expected) in [
            (&["--disable-autofail"][..], "false"),
            // Without a flag it is switched on: that is the only way of 4.2.
            (&[][..], "true"),
            (&["--autofail=false"][..], "false"),
        ] {
            let command = ["update", "cluster", "hippo", "--no-prompt"];
            let updated = scene.pgo(&[&command[..], arguments].concat()).await?;
            updated.has_line(&["updated pgcluster hippo"])?;
            ensure!(
                label_of(scene, "hippo", "autofail").await?.as_deref() == Some(expected),
                "{arguments:?}"
            );
        }
        scene.pgo(&["update", "cluster", "--all", "--no-prompt"]).await?;
        ensure!(label_of(scene, "hippo", "autofail").await?.as_deref() == Some("true"));
        let absent = scene.try_pgo(&[
            "update",
            "cluster",
            "hippo",
            "absent",
            "--disable-autofail",
            "--no-prompt",
        ]);
        absent.await?.refused(&["absent"])?;
        ensure!(
            label_of(scene, "hippo", "autofail").await?.as_deref() == Some("true"),
            "one that does not exist keeps all from being changed"
        );
        Ok(())
    })
    .await
}

async fn label_of(scene: &Scene, cluster: &str, key: &str) -> Result<Option<String>> {
    let object: Pgcluster = scene.cluster(cluster).object().await?;
    Ok(object.labels().get(key).cloned())
}

/// Waits until the operator has carried a label, or its removal, on to what it makes of the cluster.
async fn deployments_carry(scene: &Scene, key: &str, value: Option<&str>) -> Result<()> {
    for name in ["hippo", "hippo-backrest-shared-repo"] {
        let what = format!("Deployment {name} has {key} = {value:?}");
        let met = |deployment: Option<&Deployment>| {
            deployment.is_some_and(|it| it.labels().get(key).map(String::as_str) == value)
        };
        until(&scene.api::<Deployment>(), name, seconds(60), &what, met)
            .await?
            .context("the Deployment is gone")?;
    }
    Ok(())
}
