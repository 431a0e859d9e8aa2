//! A cluster is born.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::ListParams;

#[tokio::test]
async fn a_new_cluster_answers_and_becomes_ready() -> Outcome {
    scene("birth", async |scene| {
        let before = scene.inventory().await?;
        let created = scene.pgo(&["create", "cluster", "hippo"]).await?;
        created.has_line(&["created Pgcluster hippo"])?;
        let workflow = created.workflow()?.to_owned();

        let cluster = scene.cluster("hippo");
        let session = cluster.sql().await?;
        session
            .execute("create table t (n int); insert into t values (42)")
            .await?;
        ensure!(session.value::<i32>("select n from t").await? == 42);
        ensure!(session.value::<String>("show data_checksums").await? == "on");
        ensure!(
            session
                .value::<String>("show server_version_num")
                .await?
                .starts_with("17")
        );
        ensure!(
            session
                .value::<bool>("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
                .await?
        );
        ensure!(
            !cluster.door().await?.opens_without_tls().await,
            "a session without TLS was accepted"
        );
        ensure!(
            !session
                .value::<bool>("select usesuper from pg_user where usename = current_user")
                .await?
        );

        let object = cluster.ready(0, seconds(120)).await?;
        let status = object.status.context("a status")?;
        ensure!(
            status.initialized && status.state == "pgcluster Initialized",
            "the state is {}",
            status.state
        );
        ensure!(status.primary == "hippo", "the primary is {:?}", status.primary);
        let diary = scene.pgo(&["show", "workflow", &workflow]).await?;
        diary.has_line(&["pg-cluster", "hippo"])?;
        diary.has_line(&["task submitted"])?;
        diary.has_line(&["task completed"])?;

        let made = scene.inventory().await?.since(&before);
        for name in ["hippo", "hippo-backrest-shared-repo"] {
            ensure!(made.of_kind("Deployment").contains(&name), "no Deployment {name}");
            ensure!(made.of_kind("Service").contains(&name), "no Service {name}");
        }
        for name in ["hippo", "hippo-pgbr-repo"] {
            ensure!(
                made.of_kind("PersistentVolumeClaim").contains(&name),
                "no claim {name}"
            );
        }
        for name in ["postgres", "primaryuser", "testuser"].map(|user| format!("hippo-{user}-secret")) {
            ensure!(
                made.of_kind("Secret").contains(&name.as_str()),
                "no Secret {name}"
            );
        }
        for name in ["hippo-pgha-default-config", "hippo-config", "hippo-leader"] {
            ensure!(made.of_kind("ConfigMap").contains(&name), "no ConfigMap {name}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn replicas_come_from_the_repository_after_the_first_backup() -> Outcome {
    scene("replicas", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=2", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        let instances = cluster
            .roles(2, seconds(5))
            .await
            .context("--wait returned before all was ready")?;
        cluster.streaming(2, seconds(5)).await?;
        backup_came_first(scene).await?;
        restored_from_the_repository(scene).await?;

        let node = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let nodes: std::collections::BTreeSet<_> = instances.values().map(node).collect();
        ensure!(nodes.len() == 3, "three instances share {nodes:?}");
        let primary = cluster.primary().await?;
        let repository = "pg-cluster=hippo,pgo-backrest-repo=true";
        let repository = scene
            .api::<Pod>()
            .list(&ListParams::default().labels(repository))
            .await?;
        let repository = repository
            .items
            .iter()
            .find(|pod| pod.labels().contains_key("pod-template-hash"));
        ensure!(
            node(repository.context("a repository")?) != node(&primary),
            "lost together with the primary"
        );

        cluster
            .sql()
            .await?
            .execute("create table t as select 1 as n")
            .await?;
        for replica in cluster.replicas().await? {
            let session = cluster.sql_at(&replica).await?;
            ensure!(session.value::<bool>("select pg_is_in_recovery()").await?);
        }
        Ok(())
    })
    .await
}

/// No replica is made before a backup exists.
async fn backup_came_first(scene: &Scene) -> Result<()> {
    let backup = scene.api::<Job>().get("backrest-backup-hippo").await?;
    let done = backup
        .status
        .and_then(|status| status.completion_time)
        .context("the backup is not complete")?;
    for replica in scene
        .api::<Deployment>()
        .list(&ListParams::default().labels("replica-name"))
        .await?
    {
        let made = replica.metadata.creation_timestamp.clone().context("a time")?;
        ensure!(
            made >= done,
            "{} was made before the backup was",
            replica.name_any()
        );
    }
    Ok(())
}

async fn restored_from_the_repository(scene: &Scene) -> Result<()> {
    for replica in scene.cluster("hippo").replicas().await? {
        let log = scene
            .api::<Pod>()
            .logs(&replica.name_any(), &kube::api::LogParams::default())
            .await?;
        ensure!(
            log.contains("restore"),
            "{} does not speak of a restore:\n{log}",
            replica.name_any()
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_flag_travels_into_the_custom_resource() -> Outcome {
    scene("flags", async |scene| {
        scene
            .pgo(&["create", "policy", "greeting", "--in-file=/dev/null"])
            .await
            .ok();
        let tag = scene.world.setting("CCPImageTag").await?;
        let tag = format!("--ccp-image-tag={tag}");
        let storage = scene.world.setting("PrimaryStorage").await?;
        let (storage, of_replicas) = (
            format!("--storage-config={storage}"),
            format!("--replica-storage-config={storage}"),
        );
        scene
            .pgo(&[
                "create",
                "cluster",
                "hippo",
                "--replica-count=1",
                &tag,
                &storage,
                &of_replicas,
                "--password=Canary-7",
                "--username=alice",
                "--disable-autofail",
                "--sync-replication",
                "--pod-anti-affinity=required",
                "--node-label=kubernetes.io/os=linux",
                "--labels=team=green,tier=gold",
                "--policies=greeting",
            ])
            .await?;
        let cluster = scene.cluster("hippo");
        let object = cluster.object().await?;
        let spec = &object.spec;
        ensure!(
            spec.replicas == "1" && spec.user == "alice" && spec.policies == "greeting",
            "{spec:?}"
        );
        ensure!(
            spec.sync_replication == Some(true) && spec.pod_pod_anti_affinity == "required",
            "{spec:?}"
        );
        ensure!(tag.ends_with(&spec.ccpimagetag), "{spec:?}");
        ensure!(
            !spec.primary_storage.size.is_empty() && !spec.replica_storage.size.is_empty(),
            "{spec:?}"
        );
        for (key, value) in [
            ("team", "green"),
            ("tier", "gold"),
            ("NodeLabelKey", "kubernetes.io/os"),
            ("NodeLabelValue", "linux"),
        ] {
            ensure!(
                spec.userlabels.get(key).map(String::as_str) == Some(value),
                "{key} in {spec:?}"
            );
        }
        ensure!(
            object.labels().get("autofail").map(String::as_str) == Some("false"),
            "{:?}",
            object.labels()
        );

        let door = cluster.door_of("alice", "userdb").await?;
        ensure!(door.password == "Canary-7", "the Secret has another password");
        door.first_connection(seconds(60)).await?;
        let deployment = scene.api::<Deployment>().get("hippo").await?;
        ensure!(deployment.labels().get("team").map(String::as_str) == Some("green"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_name_in_two_namespaces_is_two_clusters() -> Outcome {
    scene("twin-a", async |here| {
        scene("twin-b", async |there| {
            for (scene, row) in [(here, 1), (there, 2)] {
                scene.pgo(&["create", "cluster", "twin"]).await?;
                let session = scene.cluster("twin").sql().await?;
                session
                    .execute(&format!("create table t as select {row} as n"))
                    .await?;
            }
            here.cluster("twin").ready(0, seconds(120)).await?;
            there.cluster("twin").ready(0, seconds(120)).await?;
            let untouched = there.inventory().await?;
            here.pgo(&["delete", "cluster", "twin", "--no-prompt", "--wait"])
                .await?;
            ensure!(there.inventory().await? == untouched, "the neighbour changed");
            ensure!(
                there
                    .cluster("twin")
                    .sql()
                    .await?
                    .value::<i32>("select n from t")
                    .await?
                    == 2
            );
            Ok(())
        })
        .await?;
        Ok(())
    })
    .await
}
