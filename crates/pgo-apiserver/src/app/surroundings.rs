//! What exists around a request, as far as the planner asks for it.

use std::collections::BTreeSet;

use kube::core::Selector;
use pgo_kube::Office;
use pgo_plan::labels;
use pgo_plan::valid::Surroundings;

use super::{App, removal};
use crate::selector;

/// Everything in a namespace that a new cluster could collide with or refer to. `secret_from` is the cluster whose
/// passwords are to be used again.
pub(super) fn of(app: &App, namespace: &str, secret_from: &str) -> Surroundings {
    let caches = &app.kube.caches;
    let everything = Selector::default();
    let clusters = caches.clusters.list(namespace, &everything);
    let replicas = caches.replicas.list(namespace, &everything);
    let names = clusters
        .iter()
        .map(|it| &it.metadata)
        .chain(replicas.iter().map(|it| &it.metadata));
    let leaving = clusters.iter().filter(|it| removal::is_going(app, it));
    let config_maps = caches.config_maps.list(namespace, &everything);
    let secrets = caches
        .secrets
        .list(namespace, &selector::equal(labels::CLUSTER, secret_from));
    let policies = caches.policies.list(namespace, &everything);
    Surroundings {
        taken: names.filter_map(|it| it.name.clone()).collect(),
        leaving: leaving.filter_map(|it| it.metadata.name.clone()).collect(),
        config_maps: config_maps
            .iter()
            .filter_map(|it| it.metadata.name.clone())
            .collect(),
        secrets: secrets.iter().filter_map(|it| it.name.clone()).collect(),
        policies: policies
            .iter()
            .filter_map(|it| it.metadata.name.clone())
            .collect(),
        node_labels: node_labels(&app.office),
    }
}

/// The labels that some node carries, as `key=value`.
pub(crate) fn node_labels(office: &Office) -> BTreeSet<String> {
    let nodes = office.nodes();
    let labels = nodes
        .iter()
        .flat_map(|node| node.metadata.labels.iter().flatten());
    labels.map(|(key, value)| format!("{key}={value}")).collect()
}

/// Whether an instance could have this name.
pub(super) fn is_free(app: &App, namespace: &str, name: &str) -> bool {
    let caches = &app.kube.caches;
    caches.replicas.get(namespace, name).is_none()
        && caches.clusters.get(namespace, name).is_none()
        && caches.deployments.get(namespace, name).is_none()
        && caches.claims.get(namespace, name).is_none()
}
