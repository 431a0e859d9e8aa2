//! Certificates are renewed while everything runs: everybody shows the new one, and nobody is restarted.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Cluster, Outcome, Scene, scene, seconds, until};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec, Secret};
use kube::ResourceExt as _;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

const INSTANCES: &str = "hippo-instance-tls";
const REPOSITORY: &str = "hippo-backrest-repo-config";
/// Kubelet looks at a pod's Secrets about once a minute.
const HANDED_OUT: Duration = seconds(180);

#[tokio::test]
async fn a_renewed_certificate_is_shown_everywhere_and_nobody_is_restarted() -> Outcome {
    scene("certificates", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        let cluster = scene.cluster("hippo");
        cluster.ready(1, seconds(5)).await?;
        let lasting = cluster.sql().await?;
        let before = starts(scene).await?;
        for secret in [INSTANCES, REPOSITORY] {
            is_renewed(scene, secret).await?;
        }

        for pod in cluster.instances().await? {
            // PostgreSQL, Patroni, the agent, pgBackRest's server.
            for port in [5432, 8009, 8010, 8432] {
                cluster.shows(&pod, port, INSTANCES, HANDED_OUT).await?;
            }
        }
        for pod in scene.api::<Pod>().list(&repository()).await? {
            for port in [8010, 8432] {
                cluster.shows(&pod, port, REPOSITORY, HANDED_OUT).await?;
            }
        }
        wal_is_archived(&cluster).await?;
        a_backup_succeeds(scene).await?;
        cluster
            .sql()
            .await?
            .execute("create table t as select 1 as n")
            .await?;
        lasting
            .value::<i32>("select n from t")
            .await
            .context("a session that was open stays open")?;
        ensure!(starts(scene).await? == before, "something was restarted");
        cluster.ready(1, seconds(5)).await.map(drop)
    })
    .await
}

fn repository() -> ListParams {
    ListParams::default().labels("pg-cluster=hippo,pgo-backrest-repo=true")
}

/// Has the operator believe that a certificate ends soon, and waits for the one that it puts in its place.
async fn is_renewed(scene: &Scene, name: &str) -> Result<()> {
    let secrets = scene.api::<Secret>();
    let old = secrets.get(name).await?.uid();
    let soon = Timestamp::now() + SignedDuration::from_hours(24 * 30);
    let soon = soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let patch = json!({"metadata": {"annotations": {"pgo.crunchydata.com/not-after": soon}}});
    secrets
        .patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await?;
    let another = |it: Option<&Secret>| it.is_some_and(|it| it.uid() != old);
    until(
        &secrets,
        name,
        seconds(30),
        &format!("{name} is another one"),
        another,
    )
    .await
    .map(drop)
}

/// Each container of an instance or a repository, and how often it was started.
async fn starts(scene: &Scene) -> Result<BTreeMap<(String, String), i32>> {
    let mut found = BTreeMap::new();
    let of_deployments = ListParams::default().labels("pg-cluster=hippo,!job-name");
    for pod in scene.api::<Pod>().list(&of_deployments).await? {
        let name = pod.name_any();
        for container in pod
            .status
            .and_then(|it| it.container_statuses)
            .unwrap_or_default()
        {
            found.insert((name.clone(), container.name), container.restart_count);
        }
    }
    ensure!(found.len() >= 3, "two instances and a repository: {found:?}");
    Ok(found)
}

/// The primary pushes to the repository, each with its new certificate.
async fn wal_is_archived(cluster: &Cluster) -> Result<()> {
    let session = cluster.superuser().await?;
    let archived = "select archived_count from pg_stat_archiver";
    let before: i64 = session.value(archived).await?;
    session
        .execute("create table w as select 1 as n; select pg_switch_wal()")
        .await?;
    let counting = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        while session.value::<i64>(archived).await? <= before {
            ticks.tick().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(seconds(90), counting)
        .await
        .context("no WAL is archived")?
}

/// The Job of the first backup once more: it asks the repository, which asks the primary.
async fn a_backup_succeeds(scene: &Scene) -> Result<()> {
    let jobs = scene.api::<Job>();
    let first = jobs.get("backrest-backup-hippo").await?.spec.context("a spec")?;
    let mut again = Job {
        spec: Some(JobSpec {
            backoff_limit: Some(0),
            template: PodTemplateSpec {
                metadata: None,
                spec: first.template.spec,
            },
            ..JobSpec::default()
        }),
        ..Job::default()
    };
    again.metadata.name = Some("once-more".to_owned());
    jobs.create(&PostParams::default(), &again).await?;
    let succeeded = |it: Option<&Job>| {
        it.and_then(|it| it.status.as_ref()?.succeeded)
            .is_some_and(|count| count > 0)
    };
    until(
        &jobs,
        "once-more",
        seconds(120),
        "the backup succeeded",
        succeeded,
    )
    .await
    .map(drop)
}
