//! `pgo update cluster`: whether clusters fail over by themselves.

use pgo_api::{UpdateClusterRequest, UpdateClusterResponse};
use pgo_crd::Pgcluster;
use pgo_plan::labels;
use serde_json::json;
use tracing::info;

use super::{App, chosen, name_of, named};
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Changes clusters, one after the other; the first that cannot be changed ends it.
pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    request: UpdateClusterRequest,
) -> Outcome<UpdateClusterResponse> {
    let UpdateClusterRequest {
        clustername,
        selector,
        namespace,
        all_flag,
        autofail,
        ..
    } = &request;
    // All of them win over a selector, here alone.
    let clusters = if *all_flag {
        chosen(app, namespace, "", true, "")?
    } else if selector.is_empty() {
        named(app, namespace, clustername)?
    } else {
        chosen(app, namespace, selector, false, "")?
    };
    if clusters.is_empty() {
        return Err(Refusal::Asked(format!("no clusters found in namespace {namespace:?}")).into());
    }
    let mut done = UpdateClusterResponse::default();
    for cluster in clusters {
        let name = name_of(&cluster);
        let patch = json!({
            "metadata": {"uid": cluster.metadata.uid, "labels": {labels::AUTOFAIL: autofail.to_string()}},
        });
        if let Err(error) = app.kube.merge::<Pgcluster>(namespace, name, &patch).await {
            return Err(Partial {
                done,
                refusal: error.into(),
            });
        }
        info!(
            namespace,
            cluster = name,
            user = caller.user,
            autofail,
            "cluster changed"
        );
        done.results.push(format!("updated pgcluster {name}"));
    }
    Ok(done)
}
