//! What exists around a request, as far as the planner asks for it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
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
    let secrets = caches.secrets.list(namespace, &everything);
    let (owned, defaults) = (secrets.iter().filter_map(|it| owner(it)), app.defaults());
    let to_come = clusters.iter().flat_map(|cluster| {
        let name = cluster.metadata.name.clone().unwrap_or_default();
        let secrets = pgo_plan::valid::secrets(cluster, &defaults);
        secrets.into_iter().map(move |secret| (secret, name.clone()))
    });
    let secret_owners: BTreeMap<_, _> = to_come.chain(owned).collect();
    let policies = caches.policies.list(namespace, &everything);
    Surroundings {
        taken: names.filter_map(|it| it.name.clone()).collect(),
        leaving: leaving.filter_map(|it| it.metadata.name.clone()).collect(),
        config_maps: config_maps
            .iter()
            .filter_map(|it| it.metadata.name.clone())
            .collect(),
        secrets: secrets
            .iter()
            .filter(|it| selector::value(it, labels::CLUSTER) == secret_from)
            .filter_map(|it| it.name.clone())
            .collect(),
        secret_owners,
        policies: policies
            .iter()
            .filter_map(|it| it.metadata.name.clone())
            .collect(),
        node_labels: node_labels(&app.office),
    }
}

/// A Secret that says which cluster it belongs to, and that cluster.
fn owner(secret: &ObjectMeta) -> Option<(String, String)> {
    let cluster = selector::value(secret, labels::CLUSTER);
    let name = secret.name.clone().filter(|_| !cluster.is_empty())?;
    Some((name, cluster.to_owned()))
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
