//! `pgo delete cluster`: a task that asks the operator for the removal. The cluster itself is not touched here.

use pgo_api::{ALL_CLUSTERS, DeleteClusterRequest, DeleteClusterResponse};
use pgo_crd::Pgcluster;
use pgo_plan::names::ClusterName;
use pgo_plan::task::{self, Removal};
use tracing::info;

use super::super::removal::{self, Asked};
use super::{App, chosen};
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Asks for the removal of clusters, one after the other; the first that cannot be asked for ends it. One that is going
/// already is refused when it was named; of all, or of those that a selector chose, it is passed over and told: nobody
/// has to wait for it to have the others removed.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeleteClusterRequest,
) -> Outcome<DeleteClusterResponse> {
    let DeleteClusterRequest {
        clustername,
        selector,
        namespace,
        ..
    } = &request;
    let all = clustername == ALL_CLUSTERS;
    let is_named = selector.is_empty() && !all;
    let clusters = chosen(app, namespace, selector, all, clustername)?;
    if clusters.is_empty() {
        return Err(nothing(&request, all).into());
    }
    let wanted = Removal {
        data: request.delete_data,
        backups: request.delete_backups,
    };
    let mut done = DeleteClusterResponse::default();
    for cluster in clusters {
        let name = super::name_of(&cluster);
        match ask(app, namespace, &cluster, wanted).await {
            Ok(Asked::Now) => (),
            Ok(Asked::Before) if is_named => {
                let refusal = removal::runs(&format!("cluster {name}"));
                return Err(Partial { done, refusal });
            }
            Ok(Asked::Before) => {
                done.results.push(format!(
                    "the removal of cluster {name} is running already, as it was asked for before"
                ));
                continue;
            }
            Err(refusal) => return Err(Partial { done, refusal }),
        }
        info!(
            namespace,
            cluster = name,
            user = caller.user,
            data = wanted.data,
            backups = wanted.backups,
            "removal asked for"
        );
        done.results.push(format!("deleted pgcluster {name}"));
    }
    Ok(done)
}

/// Scripts for 4.2 look for the first words.
fn nothing(request: &DeleteClusterRequest, all: bool) -> Refusal {
    let DeleteClusterRequest {
        clustername,
        selector,
        namespace,
        ..
    } = request;
    Refusal::Asked(match (selector.as_str(), all) {
        ("", true) => format!("no clusters found: there are none in namespace {namespace:?}"),
        ("", false) => format!("no clusters found: {clustername:?} is not in namespace {namespace:?}"),
        (selector, _) => {
            format!("no clusters found: none in namespace {namespace:?} matches the selector {selector:?}")
        }
    })
}

async fn ask(app: &App, namespace: &str, cluster: &Pgcluster, wanted: Removal) -> Result<Asked, Refusal> {
    if cluster.metadata.deletion_timestamp.is_some() {
        return Ok(Asked::Before);
    }
    let task = task::removal(&ClusterName::of(cluster), namespace, wanted);
    removal::ask(app, task, cluster).await
}
