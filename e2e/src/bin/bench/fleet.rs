//! Many clusters: made in a loop, listed, and left alone.
//!
//! Only objects are made: every node is closed to new pods meanwhile, so that the figures are the operator's and the API
//! server's own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::{Scene, Usage, World, everything, requests_between, seconds, until_all, usage_of_pod};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, ServiceAccount};
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, PostParams};
use kube::runtime::watcher;
use kube::{Api, ResourceExt as _};
use serde_json::json;

use crate::report::{Figure, Report, Unit, secs};
use crate::stage::on_stage;

const STREAMS: usize = 16;
const MINUTE: Duration = seconds(60);

/// One running cluster, left alone.
pub(crate) async fn idle(world: &World, clusters: u32, n: u32, report: &mut Report) -> Result<()> {
    on_stage(world, "idle", async |scene| {
        scene.pgo(&["create", "cluster", "hippo", "--wait"]).await?;
        left_alone(scene, clusters, n, report).await
    })
    .await
}

/// A fleet, made again for each sample; the last one is listed and left alone, too.
pub(crate) async fn measure(world: &World, clusters: u32, n: u32, report: &mut Report) -> Result<()> {
    cordon(world, true).await?;
    let outcome = rounds(world, clusters, n, report).await;
    cordon(world, false).await?;
    outcome
}

async fn rounds(world: &World, clusters: u32, n: u32, report: &mut Report) -> Result<()> {
    for round in 1..=n {
        on_stage(world, "fleet", async |scene| {
            let before = scene.inventory().await?;
            let taken = create(scene, clusters).await?;
            settled(scene).await?;
            let base: Vec<_> = before.objects().map(str::to_owned).collect();
            let objects = everything(&world.client, &scene.namespace).await?;
            let objects: Vec<_> = objects
                .into_iter()
                .filter_map(|(kind, it)| ours(&base, kind, it))
                .collect();
            let floor = secs(write(world, &objects).await?);
            let figure = Figure::seconds(
                &format!("{clusters} clusters in a loop → all primary Deployments (bare client)"),
                "≤ 1.5 ×",
            );
            report.sample(figure, taken, Some(floor), json!({ "objects": objects.len() }))?;
            if round == n {
                list(scene, clusters, n, report).await?;
                left_alone(scene, clusters, n, report).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// As a shell does: one command after another.
async fn create(scene: &Scene, clusters: u32) -> Result<f64> {
    let started = Instant::now();
    for number in 0..clusters {
        scene
            .pgo(&["create", "cluster", &format!("c{number:03}")])
            .await?;
    }
    let asked = started.elapsed();
    let selection = watcher::Config::default().labels("vendor=crunchydata,pgo-pg-database=true");
    let what = format!("{clusters} primary Deployments exist, {asked:?} after the first command");
    let count = usize::try_from(clusters)?;
    until_all(scene.api::<Deployment>(), selection, seconds(900), &what, |all| {
        all.len() >= count
    })
    .await?;
    Ok(secs(started.elapsed()))
}

/// Waits until the operator has written nothing for some seconds.
pub(crate) async fn settled(scene: &Scene) -> Result<()> {
    let deadline = Instant::now() + seconds(240);
    loop {
        let from = Timestamp::now();
        tokio::time::sleep(seconds(8)).await;
        let requests = requests_between(scene.world.environment, from, Timestamp::now())?;
        let writes = requests
            .iter()
            .filter(|it| it.is_by("postgres-operator") && it.writes());
        let writes: Vec<_> = writes.filter(|it| it.object_ref.resource != "leases").collect();
        if writes.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "the operator never comes to rest, last: {:?}",
                writes.last().map(|it| it.describe())
            );
        }
    }
}

/// What the operator and the API server made, as a bare client would send it; nothing that Kubernetes added.
fn ours(base: &[String], kind: ApiResource, object: DynamicObject) -> Option<(ApiResource, DynamicObject)> {
    let name = object.name_any();
    let derived = [
        "Pod",
        "ReplicaSet",
        "Endpoints",
        "ControllerRevision",
        "PodMetrics",
        "Lease",
    ];
    let managed = "endpointslice.kubernetes.io/managed-by";
    let by_kubernetes = object
        .labels()
        .get(managed)
        .is_some_and(|by| by.contains("endpointslice"));
    if derived.contains(&kind.kind.as_str())
        || by_kubernetes
        || base.contains(&format!("{}/{name}", kind.kind))
    {
        return None;
    }
    let mut wish = DynamicObject::new(&name, &kind).data(object.data.clone());
    wish.metadata.labels = object.metadata.labels;
    wish.metadata.annotations = object.metadata.annotations;
    if let Some(data) = wish.data.as_object_mut() {
        data.remove("status");
        if let Some(spec) = data.get_mut("spec").and_then(|spec| spec.as_object_mut()) {
            for assigned in ["clusterIP", "clusterIPs", "volumeName"] {
                spec.remove(assigned);
            }
        }
    }
    Some((kind, wish))
}

/// Writes the same objects into a namespace that nobody watches.
async fn write(world: &World, objects: &[(ApiResource, DynamicObject)]) -> Result<Duration> {
    let name = format!("bench-floor-{}", Timestamp::now().as_second());
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let create = PostParams::default();
    namespaces
        .create(
            &create,
            &serde_json::from_value(json!({ "metadata": { "name": name } }))?,
        )
        .await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(world.client.clone(), &name);
    for account in ["pgo-pg", "pgo-default"] {
        accounts
            .create(
                &create,
                &serde_json::from_value(json!({ "metadata": { "name": account } }))?,
            )
            .await?;
    }
    let started = Instant::now();
    let written: Result<()> = stream::iter(objects)
        .map(|(kind, object)| {
            let api: Api<DynamicObject> = Api::namespaced_with(world.client.clone(), &name, kind);
            let create = &create;
            async move {
                let sent = api.create(create, object).await;
                sent.with_context(|| format!("{} {}", kind.kind, object.name_any()))
                    .map(drop)
            }
        })
        .buffer_unordered(STREAMS)
        .try_collect()
        .await;
    let took = started.elapsed();
    namespaces.delete(&name, &DeleteParams::default()).await?;
    let gone = format!("{name} is gone");
    e2e::until(&namespaces, &name, seconds(300), &gone, |it| it.is_none()).await?;
    written.map(|()| took)
}

async fn list(scene: &Scene, clusters: u32, n: u32, report: &mut Report) -> Result<()> {
    for _ in 0..n.max(15) {
        let floor = scene.pgo(&["version"]).await?.took;
        let shown = scene.pgo(&["show", "cluster", "--all"]).await?;
        let lines = shown
            .stdout
            .lines()
            .filter(|line| line.starts_with("cluster : "))
            .count();
        if lines != usize::try_from(clusters)? {
            bail!("{lines} clusters are shown, not {clusters}");
        }
        let name = format!("pgo show cluster --all with {clusters} clusters (pgo version)");
        let figure = Figure {
            name,
            unit: Unit::Milliseconds,
            aim: "≤ 30 ms",
        };
        let milliseconds = |took: Duration| secs(took) * 1000.0;
        report.sample(
            figure,
            milliseconds(shown.took),
            Some(milliseconds(floor)),
            json!({}),
        )?;
    }
    Ok(())
}

/// Minutes in which nobody asks for anything.
async fn left_alone(scene: &Scene, clusters: u32, n: u32, report: &mut Report) -> Result<()> {
    settled(scene).await?;
    for _ in 0..n {
        let from = Timestamp::now();
        let before = operator(scene).await?;
        tokio::time::sleep(MINUTE).await;
        let after = operator(scene).await?;
        let mut requests = requests_between(scene.world.environment, from, Timestamp::now())?;
        requests.retain(|it| it.is_by("postgres-operator"));
        let count = |wanted: &dyn Fn(&&e2e::Request) -> bool| {
            u32::try_from(requests.iter().filter(wanted).count()).map(f64::from)
        };
        let lease = |it: &&e2e::Request| it.object_ref.resource == "leases";
        let few = if clusters == 1 { "cluster" } else { "clusters" };
        let name = |what: &str| format!("operator in an idle minute with {clusters} {few}: {what}");
        let writes = count(&|it| it.writes() && !lease(it))?;
        report.sample(Figure::count(&name("writes"), "0"), writes, None, json!({}))?;
        let rest: Vec<_> = requests
            .iter()
            .filter(|it| !lease(it))
            .map(e2e::Request::describe)
            .collect();
        let requests = count(&|it| !lease(it))?;
        report.sample(
            Figure::count(&name("requests"), ""),
            requests,
            None,
            json!({ "requests": rest }),
        )?;
        report.sample(
            Figure::count(&name("renewals of its lease"), ""),
            count(&|it| lease(it))?,
            None,
            json!({}),
        )?;
        #[expect(clippy::cast_precision_loss, reason = "megabytes are far below 2^52")]
        let mebibytes = after.memory as f64 / f64::from(1 << 20);
        let figure = Figure {
            name: name("resident memory"),
            unit: Unit::Mebibytes,
            aim: "≤ 37 MiB",
        };
        report.sample(figure, mebibytes, None, json!({}))?;
        let processor = secs(after.processor.saturating_sub(before.processor));
        report.sample(
            Figure::seconds(&name("processor time"), "≤ 0.1 s"),
            processor,
            None,
            json!({}),
        )?;
    }
    Ok(())
}

async fn operator(scene: &Scene) -> Result<Usage> {
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    let list = pods
        .list(&ListParams::default().labels("name=postgres-operator"))
        .await?;
    let pod = list.items.into_iter().next().context("there is no operator")?;
    usage_of_pod(&pod.uid().context("a pod without uid")?)
}

/// Closes every node to new pods, or opens it again.
pub(crate) async fn cordon(world: &World, closed: bool) -> Result<()> {
    let nodes: Api<Node> = Api::all(world.client.clone());
    for node in nodes.list_metadata(&ListParams::default()).await? {
        let name = node.name_any();
        let done = if closed {
            nodes.cordon(&name).await
        } else {
            nodes.uncordon(&name).await
        };
        done.with_context(|| format!("{name} cannot be closed or opened"))?;
    }
    Ok(())
}
