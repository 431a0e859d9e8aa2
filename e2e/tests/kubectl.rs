//! A user who has never heard of `pgo` and works with kubectl.

use anyhow::{Context as _, ensure};
use e2e::{Outcome, scene, seconds, until};
use k8s_openapi::api::apps::v1::Deployment;
use pgo_crd::{Pgcluster, Pgpolicy, Pgtask};

const CLUSTER: &str = "apiVersion: crunchydata.com/v1
kind: Pgcluster
metadata: {name: hippo}
spec: {replicas: '1'}
";

#[tokio::test]
async fn a_pgcluster_by_kubectl_is_a_cluster_like_any_other() -> Outcome {
    scene("kubectl", async |scene| {
        let before = scene.inventory().await?;
        scene.kubectl(&["apply", "-f", "-"], CLUSTER).await?.succeeded()?;
        let cluster = scene.cluster("hippo");
        cluster
            .sql()
            .await?
            .execute("create table t as select 42 as n")
            .await?;
        cluster.ready(1, seconds(180)).await?;
        scene
            .pgo(&["show", "cluster", "hippo"])
            .await?
            .has_line(&["pod : hippo-", "(1/1) (replica)"])?;
        scene
            .pgo(&["test", "hippo"])
            .await?
            .has_line(&["primary", ": UP"])?;
        let columns = scene
            .kubectl(&["get", "pgcluster", "hippo"], "")
            .await?
            .succeeded()?;
        columns.has_line(&["NAME", "READY", "WHY", "PRIMARY"])?;
        columns.has_line(&["hippo", "True"])?;

        // Deleted with kubectl, a cluster gives up its workloads and nothing that could not be made again.
        scene
            .kubectl(&["delete", "pgcluster", "hippo", "--timeout=90s"], "")
            .await?
            .succeeded()?;
        let left = scene.inventory().await?.since(&before);
        ensure!(
            left.of_kind("Deployment").is_empty() && left.of_kind("Service").is_empty(),
            "{left:?}"
        );
        ensure!(
            left.of_kind("PersistentVolumeClaim").contains(&"hippo"),
            "the data is gone"
        );
        ensure!(
            left.of_kind("PersistentVolumeClaim").contains(&"hippo-pgbr-repo"),
            "the backups are gone"
        );

        scene.kubectl(&["apply", "-f", "-"], CLUSTER).await?.succeeded()?;
        ensure!(
            cluster.sql().await?.value::<i32>("select n from t").await? == 42,
            "the row is gone"
        );
        cluster.ready(1, seconds(180)).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn a_pgpolicy_is_said_to_make_sense_or_not() -> Outcome {
    scene("policies", async |scene| {
        let policies = "apiVersion: crunchydata.com/v1
kind: Pgpolicy
metadata: {name: good}
spec: {sql: select 1}
---
apiVersion: crunchydata.com/v1
kind: Pgpolicy
metadata: {name: empty}
spec: {}
";
        scene
            .kubectl(&["apply", "-f", "-"], policies)
            .await?
            .succeeded()?;
        for (name, status) in [("good", "True"), ("empty", "False")] {
            let said = |policy: Option<&Pgpolicy>| {
                let conditions = policy.and_then(|it| it.status.as_ref()).map(|it| &it.conditions);
                let mut conditions = conditions.into_iter().flatten();
                conditions.any(|it| it.type_ == "Accepted" && it.status == status)
            };
            let what = format!("policy {name} is Accepted={status}");
            until(&scene.api::<Pgpolicy>(), name, seconds(30), &what, said).await?;
        }
        scene.pgo(&["delete", "policy", "good", "--no-prompt"]).await?;
        scene
            .kubectl(&["delete", "pgpolicy", "empty"], "")
            .await?
            .succeeded()
            .map(drop)
    })
    .await
}

#[tokio::test]
async fn a_broken_pgcluster_blocks_only_itself() -> Outcome {
    scene("broken", async |scene| {
        let before = scene.inventory().await?;
        let broken = "apiVersion: crunchydata.com/v1
kind: Pgcluster
metadata: {name: broken}
spec:
  replicas: minus three
  port: '99999'
  PrimaryStorage: {size: much, storagetype: create, accessmode: ReadWriteSometimes}
  ccpimagetag: 'not a tag'
";
        let made = scene.kubectl(&["apply", "-f", "-"], broken).await?;
        if made.code == 0 {
            let object = scene
                .cluster("broken")
                .condition("Accepted", "False", seconds(30))
                .await?;
            let conditions = object.status.context("a status")?.conditions;
            let said = conditions
                .into_iter()
                .find(|it| it.type_ == "Accepted")
                .context("a condition")?
                .message;
            for complaint in ["replicas", "port", "size"] {
                ensure!(said.contains(complaint), "{complaint} is not named in: {said}");
            }
            let made = scene.inventory().await?.since(&before);
            let objects: Vec<_> = made.objects().collect();
            ensure!(
                objects == ["Pgcluster/broken"],
                "something was made of a broken cluster: {objects:?}"
            );
        } else {
            ensure!(
                made.stderr.contains("spec.replicas"),
                "kubectl says: {}",
                made.stderr
            );
        }
        scene.pgo(&["create", "cluster", "neighbour"]).await?;
        scene.cluster("neighbour").sql().await?;
        scene
            .pgo(&["show", "cluster", "neighbour"])
            .await?
            .has_line(&["cluster : neighbour"])?;
        if made.code == 0 {
            scene
                .kubectl(&["delete", "pgcluster", "broken", "--timeout=30s"], "")
                .await?
                .succeeded()?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_storage_class_that_does_not_exist_is_named_with_its_volume() -> Outcome {
    scene("no-class", async |scene| {
        let cluster = "apiVersion: crunchydata.com/v1
kind: Pgcluster
metadata: {name: hippo}
spec:
  PrimaryStorage: {size: 1Gi, storagetype: dynamic, storageclass: no-such-class}
";
        scene.kubectl(&["apply", "-f", "-"], cluster).await?.succeeded()?;
        let words = "its volume hippo (storage class \"no-such-class\") does not exist yet";
        let said = |cluster: Option<&Pgcluster>| {
            let status = cluster.and_then(|it| it.status.as_ref());
            let mut conditions = status.into_iter().flat_map(|it| &it.conditions);
            conditions
                .any(|it| it.type_ == "Ready" && it.reason == "CannotStart" && it.message.contains(words))
        };
        until(
            &scene.api(),
            "hippo",
            seconds(60),
            "Ready names volume and class",
            said,
        )
        .await?;
        scene
            .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
            .await
            .map(drop)
    })
    .await
}

#[tokio::test]
async fn a_task_that_nobody_can_carry_out_is_told_so() -> Outcome {
    scene("stray-task", async |scene| {
        let task = "apiVersion: crunchydata.com/v1
kind: Pgtask
metadata: {name: tea}
spec: {tasktype: brew-tea}
";
        scene.kubectl(&["apply", "-f", "-"], task).await?.succeeded()?;
        let said = |task: Option<&Pgtask>| {
            let status = task.and_then(|it| it.status.as_ref());
            let mut conditions = status.into_iter().flat_map(|it| &it.conditions);
            conditions.any(|it| it.type_ == "Accepted" && it.reason == "NotAvailableYet")
        };
        until(&scene.api(), "tea", seconds(30), "it is refused", said).await?;
        scene
            .kubectl(&["delete", "pgtask", "tea"], "")
            .await?
            .succeeded()
            .map(drop)
    })
    .await
}

#[tokio::test]
async fn unknown_fields_are_named_to_their_author() -> Outcome {
    scene("unknown", async |scene| {
        let before = scene.inventory().await?;
        let text = CLUSTER.replace("replicas", "replicants");
        let refused = scene.kubectl(&["apply", "-f", "-"], &text).await?;
        ensure!(
            refused.code != 0 && refused.stderr.contains("replicants"),
            "{}",
            refused.stderr
        );
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn what_someone_changed_by_hand_is_repaired() -> Outcome {
    scene("repair", async |scene| {
        scene.pgo(&["create", "cluster", "hippo"]).await?;
        let cluster = scene.cluster("hippo");
        cluster.ready(0, seconds(120)).await?;
        let hand = [
            "label",
            "deployment",
            "hippo-backrest-shared-repo",
            "pgo-backrest-repo-",
        ];
        scene.kubectl(&hand, "").await?.succeeded()?;
        let labelled = |it: Option<&Deployment>| {
            let labels = it.and_then(|it| it.metadata.labels.as_ref());
            labels.is_some_and(|labels| labels.contains_key("pgo-backrest-repo"))
        };
        let name = "hippo-backrest-shared-repo";
        until(&scene.api(), name, seconds(30), "the label is back", labelled).await?;
        scene
            .kubectl(&["delete", "service", "hippo-backrest-shared-repo"], "")
            .await?
            .succeeded()?;
        let exists = |it: Option<&k8s_openapi::api::core::v1::Service>| it.is_some();
        until(&scene.api(), name, seconds(30), "the Service is back", exists)
            .await
            .map(drop)
    })
    .await
}
