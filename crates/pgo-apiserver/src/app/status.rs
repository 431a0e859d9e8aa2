//! `pgo status`: one namespace at a glance.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::core::Selector;
use pgo_api::{StatusDetail, StatusLabel, StatusNode, StatusRequest, StatusResponse};
use pgo_crd::Pgcluster;
use pgo_plan::labels;

use super::{App, pod};
use crate::auth::Caller;
use crate::refusal::Outcome;
use crate::selector;

mod capacity;

/// Sums up what is in a namespace.
pub(crate) async fn show(app: &App, _: &Caller, request: StatusRequest) -> Outcome<StatusResponse> {
    let caches = &app.kube.caches;
    let namespace = request.namespace.as_str();
    let of_clusters: Selector = kube::core::Expression::Exists(labels::CLUSTER.to_owned()).into();
    let claims = caches
        .claims
        .list(namespace, &selector::equal(labels::REMOVABLE, "true"));
    let deployments = caches.deployments.list(namespace, &of_clusters);
    let pods = caches.pods.list(namespace, &of_clusters);
    let clusters = caches.clusters.list(namespace, &Selector::default());
    let sizes = claims
        .iter()
        .filter_map(|claim| claim.status.as_ref()?.capacity.as_ref()?.get("storage"));
    Ok(StatusResponse {
        result: StatusDetail {
            operator_start_time: operator_start(app),
            num_databases: count(deployments.len()),
            num_claims: count(claims.len()),
            volume_cap: capacity::sum(sizes),
            db_tags: images(&pods),
            not_ready: clusters
                .iter()
                .filter(|cluster| !is_well(app, namespace, cluster))
                .map(|it| name(it))
                .collect(),
            nodes: app.office.nodes().iter().map(|it| node(it)).collect(),
            labels: frequencies(deployments.iter().filter_map(|it| it.metadata.labels.as_ref())),
        },
    })
}

/// When the operator that runs was started, in the words of Go.
fn operator_start(app: &App) -> String {
    let running = |pod: &&Arc<Pod>| {
        pod.metadata.deletion_timestamp.is_none()
            && pod
                .status
                .as_ref()
                .is_some_and(|status| status.phase.as_deref() == Some("Running"))
    };
    let pods = app.office.operators();
    let started = pods
        .iter()
        .filter(running)
        .filter_map(|pod| pod.status.as_ref()?.start_time.as_ref())
        .min();
    started.map_or_else(
        || "error".to_owned(),
        |time| time.0.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
    )
}

fn images(pods: &[Arc<Pod>]) -> BTreeMap<String, i64> {
    let mut images = BTreeMap::new();
    let specs = pods.iter().filter_map(|pod| pod.spec.as_ref());
    let containers = specs.flat_map(|spec| &spec.containers);
    for image in containers.filter_map(|container| container.image.as_ref()) {
        *images.entry(image.clone()).or_default() += 1;
    }
    images
}

/// A cluster is well when it has a primary and all its instances are ready.
fn is_well(app: &App, namespace: &str, cluster: &Pgcluster) -> bool {
    let pods = app.kube.caches.pods.of_cluster(namespace, &name(cluster));
    let lead = pod::Lead::of(app, namespace, &name(cluster), &pods);
    let instances: Vec<_> = pods.iter().filter(|pod| pod::is_instance(pod)).collect();
    instances.iter().all(|pod| lead.is_ready(pod))
        && instances.iter().any(|pod| lead.kind(pod) == pod::Kind::Primary)
}

fn node(node: &Node) -> StatusNode {
    let conditions = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    let ready = conditions
        .iter()
        .find(|condition| condition.type_ == "Ready")
        .map(|it| it.status.as_str());
    StatusNode {
        name: node.metadata.name.clone().unwrap_or_default(),
        status: match ready {
            Some("True") => "Ready",
            Some("False") => "NotReady",
            _ => "Unknown",
        }
        .to_owned(),
        labels: node.metadata.labels.clone().unwrap_or_default(),
    }
}

/// How often each label occurs, the most frequent first.
fn frequencies<'a>(all: impl Iterator<Item = &'a BTreeMap<String, String>>) -> Vec<StatusLabel> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (key, value) in all.flatten() {
        *counts.entry(format!("{key}={value}")).or_default() += 1;
    }
    let mut labels: Vec<_> = counts
        .into_iter()
        .map(|(key, value)| StatusLabel { key, value })
        .collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.value));
    labels
}

fn name(cluster: &Pgcluster) -> String {
    cluster.metadata.name.clone().unwrap_or_default()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
