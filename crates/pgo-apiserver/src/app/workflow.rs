//! `pgo show workflow`.

use pgo_api::{ShowWorkflowDetail, ShowWorkflowRequest, ShowWorkflowResponse};
use pgo_plan::labels;

use super::App;
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};
use crate::selector;

/// Shows what a workflow was asked and the steps that it has taken, as one map: that is how 4.2 kept them.
pub(crate) async fn show(
    app: &App,
    _: &Caller,
    request: ShowWorkflowRequest,
) -> Outcome<ShowWorkflowResponse> {
    let tasks = app.kube.caches.tasks.list(
        &request.namespace,
        &selector::equal(labels::WORKFLOW_ID, &request.id),
    );
    let task = match tasks.as_slice() {
        [task] => task,
        [] => {
            // Scripts look for these words, and take what stands last for the id.
            return Err(
                Refusal::Asked(format!("workflow id NOT found: {}", request.id.escape_debug())).into(),
            );
        }
        _ => {
            let id = request.id.escape_debug();
            return Err(Refusal::Asked(format!("more than one workflow has the id {id}")).into());
        }
    };
    let mut parameters = task.spec.parameters.clone();
    if let Some(status) = &task.status {
        parameters.extend(status.steps.clone());
    }
    let cluster_name = parameters.get(labels::CLUSTER).cloned().unwrap_or_default();
    Ok(ShowWorkflowResponse {
        results: ShowWorkflowDetail {
            cluster_name,
            parameters,
        },
    })
}
