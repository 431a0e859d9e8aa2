//! `pgo delete cluster`: a task that asks the operator for the removal. The cluster itself is not touched here.

use pgo_api::{ALL_CLUSTERS, DeleteClusterRequest, DeleteClusterResponse};
use pgo_crd::Pgcluster;
use pgo_plan::names::ClusterName;
use pgo_plan::task::{self, Removal};
use tracing::info;

use super::super::removal;
use super::{App, chosen};
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Asks for the removal of clusters, one after the other; the first that cannot be asked for ends it.
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
        if let Err(refusal) = ask(app, namespace, &cluster, wanted).await {
            return Err(Partial { done, refusal });
        }
        let name = super::name_of(&cluster);
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

async fn ask(app: &App, namespace: &str, cluster: &Pgcluster, wanted: Removal) -> Result<(), Refusal> {
    let name = ClusterName::of(cluster);
    if cluster.metadata.deletion_timestamp.is_some() {
        return Err(removal::runs(&format!("cluster {name}")));
    }
    removal::ask(
        app,
        task::removal(&name, namespace, wanted),
        cluster,
        &format!("cluster {name}"),
    )
    .await
}
