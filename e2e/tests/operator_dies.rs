//! The operator is killed in the middle of its work, and the work is finished as if it had not been.

use anyhow::{Result, ensure};
use e2e::{Outcome, Scene, requests_between, scene_alone, seconds, until, until_all};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::{DeleteParams, ListParams};
use kube::runtime::watcher;
use kube::{Api, Resource, ResourceExt as _};
use pgo_crd::{Pgcluster, Pgreplica};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[tokio::test]
async fn a_birth_survives_the_operators_death_at_every_step() -> Outcome {
    scene_alone("dying", async |scene| {
        let before = scene.inventory().await?;
        scene
            .pgo(&["create", "cluster", "calm", "--replica-count=1", "--wait"])
            .await?;
        let calm = scene.inventory().await?.since(&before);
        let password = scene.cluster("calm").door().await?.password;
        scene
            .pgo(&["delete", "cluster", "calm", "--no-prompt", "--wait"])
            .await?;
        scene.nothing_since(&before).await?;

        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1"])
            .await?;
        kill_operator_when::<Pgcluster>(scene, "hippo").await?;
        kill_operator_when::<PersistentVolumeClaim>(scene, "hippo-pgbr-repo").await?;
        kill_operator_when::<Deployment>(scene, "hippo").await?;
        let secret = scene
            .cluster("hippo")
            .door_of("testuser", "userdb")
            .await?
            .password;
        kill_operator_when::<Job>(scene, "hippo-stanza-create").await?;
        kill_operator_when::<Job>(scene, "backrest-backup-hippo").await?;
        kill_operator_when_any::<Pgreplica>(scene).await?;
        let cluster = scene.cluster("hippo");
        cluster.ready(1, seconds(180)).await?;
        cluster.streaming(1, seconds(30)).await?;

        ensure!(
            cluster.door().await?.password == secret,
            "a password was made twice"
        );
        ensure!(secret != password, "passwords repeat");
        let born: Vec<_> = scene
            .inventory()
            .await?
            .since(&before)
            .objects()
            .map(nameless)
            .collect();
        let calm: Vec<_> = calm.objects().map(nameless).collect();
        ensure!(
            count(&born) == count(&calm),
            "it differs from a calm birth:\n{born:?}\n{calm:?}"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn kept_data_is_taken_over_although_the_operator_dies() -> Outcome {
    scene_alone("heir", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        cluster
            .sql()
            .await?
            .execute("create table t as select 42 as n")
            .await?;
        cluster.fail_over(1).await?;
        cluster.sql().await?.execute("insert into t values (43)").await?;

        scene
            .kubectl(&["delete", "pgcluster", "hippo", "--wait=false"], "")
            .await?
            .succeeded()?;
        kill_operator(scene).await?;
        let gone = |it: Option<&Pgcluster>| it.is_none();
        until(
            &scene.api::<Pgcluster>(),
            "hippo",
            seconds(120),
            "the cluster is gone",
            gone,
        )
        .await?;
        // Not who led before: a replica that hears of the end last may lead for a moment, and has everything, too.
        let last = cluster.last_primarys_volume().await?;
        scene.pgo(&["create", "cluster", "hippo"]).await?;
        kill_operator_when::<Deployment>(scene, "hippo-backrest-shared-repo").await?;
        kill_operator_when::<Deployment>(scene, "hippo").await?;
        cluster.ready(0, seconds(180)).await?;
        ensure!(
            cluster.volume().await? == last,
            "another volume than the last primary's"
        );
        ensure!(
            cluster.sql().await?.value::<i64>("select sum(n) from t").await? == 42 + 43,
            "a row is gone"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_new_operator_writes_nothing_to_clusters_that_are_as_asked() -> Outcome {
    scene_alone("restarted", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        scene.cluster("hippo").ready(0, seconds(5)).await?;
        let from = Timestamp::now();
        kill_operator(scene).await?;
        // Proof that the new one works: it makes another cluster.
        scene.pgo(&["create", "cluster", "other", "--wait"]).await?;
        let requests = requests_between(scene.world.environment, from, Timestamp::now())?;
        let to_hippo = requests.iter().filter(|it| {
            it.writes()
                && it.is_by("postgres-operator")
                && it.object_ref.namespace == scene.namespace
                && it.object_ref.name.contains("hippo")
        });
        let writes: Vec<_> = to_hippo.map(e2e::Request::describe).collect();
        ensure!(
            writes.is_empty(),
            "written to a cluster that was as asked: {writes:#?}"
        );
        Ok(())
    })
    .await
}

async fn kill_operator_when<K>(scene: &Scene, name: &str) -> Result<()>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned + Serialize,
    K: std::fmt::Debug + Send + 'static,
    K: Resource<DynamicType = ()>,
{
    let what = format!("{} {name} exists", K::kind(&()));
    until(&scene.api::<K>(), name, seconds(90), &what, |it| it.is_some()).await?;
    kill_operator(scene).await
}

async fn kill_operator_when_any<K>(scene: &Scene) -> Result<()>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned + Serialize,
    K: std::fmt::Debug + Send + 'static,
    K: Resource<DynamicType = ()>,
{
    let what = format!("a {} exists", K::kind(&()));
    until_all(
        scene.api::<K>(),
        watcher::Config::default(),
        seconds(90),
        &what,
        |all| !all.is_empty(),
    )
    .await?;
    kill_operator(scene).await
}

/// Deletes the operator's pod without any grace and waits for the next one to run.
async fn kill_operator(scene: &Scene) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    let old = pods
        .list(&ListParams::default().labels("name=postgres-operator"))
        .await?;
    let old: Vec<_> = old.items.iter().map(kube::ResourceExt::name_any).collect();
    for pod in &old {
        pods.delete(pod, &DeleteParams::default().grace_period(0)).await?;
    }
    let selection = watcher::Config::default().labels("name=postgres-operator");
    let running = |pod: &Pod| {
        let statuses = pod
            .status
            .as_ref()
            .and_then(|status| status.container_statuses.as_ref());
        !old.contains(&pod.name_any())
            && statuses
                .into_iter()
                .flatten()
                .any(|it| it.state.as_ref().is_some_and(|it| it.running.is_some()))
    };
    let what = "another operator runs";
    until_all(pods, selection, seconds(60), what, |all| {
        all.values().any(running)
    })
    .await
    .map(drop)
}

/// An object without what differs between two clusters: their names and what Kubernetes invents.
fn nameless(object: &str) -> String {
    let (kind, name) = object.split_once('/').unwrap_or((object, ""));
    let own = name.strip_prefix("hippo").or_else(|| name.strip_prefix("calm"));
    match (kind, own) {
        // Invented suffixes; that there are as many is what counts.
        ("Pod" | "ReplicaSet" | "EndpointSlice" | "ControllerRevision" | "Pgreplica", _) => kind.to_owned(),
        ("Deployment" | "PersistentVolumeClaim", Some(rest)) if rest.len() == 5 => format!("{kind}/-rand"),
        (_, Some(rest)) => format!("{kind}/{rest}"),
        (_, None) => object.replace("hippo", "").replace("calm", ""),
    }
}

fn count(objects: &[String]) -> std::collections::BTreeMap<&str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for object in objects {
        *counts.entry(object.as_str()).or_default() += 1;
    }
    counts
}
