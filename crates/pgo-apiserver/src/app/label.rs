//! Labels of clusters. They are written into the cluster: its own labels at once, so that a selector finds them, and
//! its `userlabels`, from which the operator labels everything that belongs to it.

use std::sync::Arc;

use pgo_api::{ALL_CLUSTERS, DeleteLabelRequest, DeleteLabelResponse, LabelRequest, LabelResponse};
use pgo_crd::Pgcluster;
use pgo_plan::labels::Labels;
use pgo_plan::valid::check_labels;
use serde_json::{Map, Value, json};
use tracing::info;

use super::cluster::{name_of, named};
use super::{App, cluster};
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Sets labels of clusters, one after the other; the first that cannot be changed ends it.
pub(crate) async fn set(app: &App, caller: &Caller, request: LabelRequest) -> Outcome<LabelResponse> {
    let labels = read(&request.label_cmd_label)?;
    let clusters = chosen(app, &request.namespace, &request.selector, &request.args)?;
    let mut done = LabelResponse::default();
    for cluster in clusters {
        if !request.dry_run
            && let Err(refusal) = change(app, caller, &cluster, &labels, |value| json!(value)).await
        {
            return Err(Partial { done, refusal });
        }
        done.results.push(name_of(&cluster).to_owned());
    }
    Ok(done)
}

/// Removes labels of clusters, whatever their values. One that is not there is removed as well.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeleteLabelRequest,
) -> Outcome<DeleteLabelResponse> {
    let labels = read(&request.label_cmd_label)?;
    let clusters = chosen(app, &request.namespace, &request.selector, &request.args)?;
    let mut done = DeleteLabelResponse::default();
    for cluster in clusters {
        if let Err(refusal) = change(app, caller, &cluster, &labels, |_| Value::Null).await {
            return Err(Partial { done, refusal });
        }
        done.results
            .push(format!("deleting label from {}", name_of(&cluster)));
    }
    Ok(done)
}

fn read(text: &str) -> Result<Labels, Refusal> {
    check_labels(text).map_err(|sentence| Refusal::Asked(format!("--label: {sentence}")))
}

fn chosen(
    app: &App,
    namespace: &str,
    selector: &str,
    names: &[String],
) -> Result<Vec<Arc<Pgcluster>>, Refusal> {
    let all = names.first().is_some_and(|name| name == ALL_CLUSTERS);
    let clusters = if all || !selector.is_empty() {
        cluster::chosen(app, namespace, selector, all, "")?
    } else if names.is_empty() {
        return Err(Refusal::asked("which clusters? Name them, or give --selector"));
    } else {
        named(app, namespace, names)?
    };
    if clusters.is_empty() {
        return Err(Refusal::Asked(format!(
            "no clusters found in namespace {namespace:?}"
        )));
    }
    Ok(clusters)
}

/// Writes the labels of one cluster; a label that becomes null is removed.
async fn change(
    app: &App,
    caller: &Caller,
    cluster: &Pgcluster,
    labels: &Labels,
    becomes: impl Fn(&str) -> Value,
) -> Result<(), Refusal> {
    let labels: Map<_, _> = labels
        .iter()
        .map(|(key, value)| (key.clone(), becomes(value)))
        .collect();
    let patch = json!({
        "metadata": {"uid": cluster.metadata.uid, "labels": labels},
        "spec": {"userlabels": labels},
    });
    let namespace = cluster.metadata.namespace.as_deref().unwrap_or_default();
    let name = name_of(cluster);
    app.kube.merge::<Pgcluster>(namespace, name, &patch).await?;
    let keys: Vec<_> = labels.keys().map(String::as_str).collect();
    info!(
        namespace,
        cluster = name,
        user = caller.user,
        labels = keys.join(","),
        "labels changed"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
