//! Clusters: create, show, delete, update, test.

mod create;
mod delete;
mod diary;
mod passwords;
mod show;
mod test;
mod undo;
mod update;
mod written;

use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use kube::core::Selector;
use pgo_crd::Pgcluster;
use pgo_plan::labels;

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use show::show;
pub(crate) use test::test;
pub(crate) use update::update;
pub(crate) use written::Written;

use super::App;
use crate::refusal::Refusal;
use crate::selector;

/// Which clusters of a namespace are meant: a selector decides alone; else all of them; else the one of that name.
pub(super) fn chosen(
    app: &App,
    namespace: &str,
    selector: &str,
    all: bool,
    name: &str,
) -> Result<Vec<Arc<Pgcluster>>, Refusal> {
    let clusters = &app.kube.caches.clusters;
    if !selector.is_empty() {
        return Ok(clusters.list(namespace, &selector::parse(selector)?));
    }
    if all {
        return Ok(clusters.list(namespace, &Selector::default()));
    }
    Ok(clusters.get(namespace, name).into_iter().collect())
}

/// The clusters of these names; the first that does not exist is an error.
pub(super) fn named(app: &App, namespace: &str, names: &[String]) -> Result<Vec<Arc<Pgcluster>>, Refusal> {
    names.iter().map(|name| app.cluster(namespace, name)).collect()
}

/// The Services of a cluster that its users see; the repository's is none of them.
fn services(app: &App, namespace: &str, cluster: &str) -> Vec<Arc<Service>> {
    let mut services = app.kube.caches.services.of_cluster(namespace, cluster);
    services.retain(|service| selector::value(&service.metadata, labels::BACKREST_REPO) != "true");
    services
}

pub(super) fn name_of(cluster: &Pgcluster) -> &str {
    cluster.metadata.name.as_deref().unwrap_or_default()
}

/// A cluster as answers have it: one that nobody has looked at yet has an empty status, not none.
pub(super) fn shown(cluster: &Pgcluster) -> Pgcluster {
    Pgcluster {
        status: Some(cluster.status.clone().unwrap_or_default()),
        ..cluster.clone()
    }
}

#[cfg(test)]
mod tests;
