//! `pgo show pvc`.

use pgo_api::{ShowPvcRequest, ShowPvcResponse, ShowPvcResult};
use pgo_plan::labels;

use super::App;
use crate::auth::Caller;
use crate::refusal::Outcome;
use crate::selector;

/// Lists the volumes that were made for one cluster or for all of them.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowPvcRequest) -> Outcome<ShowPvcResponse> {
    let mut chosen = selector::equal(labels::REMOVABLE, "true");
    if !request.all_flag {
        chosen.extend(selector::equal(labels::CLUSTER, &request.cluster_name));
    }
    let claims = app.kube.caches.claims.list(&request.namespace, &chosen);
    let results = claims.iter().map(|claim| ShowPvcResult {
        cluster_name: selector::value(&claim.metadata, labels::CLUSTER).to_owned(),
        pvc_name: claim.metadata.name.clone().unwrap_or_default(),
    });
    Ok(ShowPvcResponse {
        results: results.collect(),
    })
}
