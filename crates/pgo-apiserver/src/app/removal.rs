//! Asking for the removal of something: one task at a time for each thing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Resource as _;
use pgo_crd::{Pgcluster, Pgtask};
use pgo_plan::names::ClusterName;

use super::App;
use crate::refusal::Refusal;

/// What a request for a removal comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The task is there now.
    Now,
    /// It was there before: the removal is running, or about to.
    Before,
}

/// Creates the task. It belongs to the cluster: when that has gone, so has the request.
pub(super) async fn ask(app: &App, mut task: Pgtask, cluster: &Pgcluster) -> Result<Asked, Refusal> {
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let name = task.metadata.name.clone().unwrap_or_default();
    task.metadata.owner_references = cluster.owner_ref(&()).map(|owner| vec![shared(owner)]);
    if asked(app, cluster, &name) {
        return Ok(Asked::Before);
    }
    if let Some(earlier) = app.kube.caches.tasks.get(&namespace, &name) {
        // It was about a namesake, or it was refused or carried out: its name is free again.
        app.kube
            .delete::<Pgtask>(&namespace, &name, earlier.metadata.uid.as_deref())
            .await?;
    }
    match app.kube.create(&task).await {
        Err(error) if error.is_already_exists() => Ok(Asked::Before),
        answer => Ok(answer.map(|_| Asked::Now)?),
    }
}

/// Whether the removal that a task of this name asks for has been asked for and is not over.
fn asked(app: &App, cluster: &Pgcluster, task: &str) -> bool {
    let namespace = cluster.metadata.namespace.as_deref().unwrap_or_default();
    let known = app.kube.caches.tasks.get(namespace, task);
    known.is_some_and(|task| is_of(&task, cluster) && !is_over(&task))
}

/// Whether a cluster is being removed, or its removal has been asked for.
pub(super) fn is_going(app: &App, cluster: &Pgcluster) -> bool {
    cluster.metadata.deletion_timestamp.is_some()
        || asked(app, cluster, &ClusterName::of(cluster).removal_task())
}

/// Refuses what makes no sense for a cluster that goes.
pub(super) fn refuse_if_going(app: &App, cluster: &Pgcluster) -> Result<(), Refusal> {
    if is_going(app, cluster) {
        let name = ClusterName::of(cluster);
        return Err(Refusal::Asked(format!(
            "cluster \"{name}\" is being removed: nothing can be added to it"
        )));
    }
    Ok(())
}

/// The sentence for a second request.
pub(super) fn runs(what: &str) -> Refusal {
    Refusal::Asked(format!(
        "the removal of {what} is running already: wait for it to end"
    ))
}

/// The reference without the claim to be the controller, which belongs to whoever carries the task out.
fn shared(owner: OwnerReference) -> OwnerReference {
    OwnerReference {
        controller: None,
        block_owner_deletion: None,
        ..owner
    }
}

/// Whether a task is about this very cluster, and not about one that had its name before.
fn is_of(task: &Pgtask, cluster: &Pgcluster) -> bool {
    let owners = task.metadata.owner_references.as_deref().unwrap_or_default();
    let older = match (
        &task.metadata.creation_timestamp,
        &cluster.metadata.creation_timestamp,
    ) {
        (Some(task), Some(cluster)) => task.0 < cluster.0,
        _ => false,
    };
    match owners {
        [] => !older,
        owners => owners
            .iter()
            .any(|owner| Some(&owner.uid) == cluster.metadata.uid.as_ref()),
    }
}

/// Whether a task has been carried out or refused.
fn is_over(task: &Pgtask) -> bool {
    let conditions = task
        .status
        .as_ref()
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let says = |kind: &str, value: &str| conditions.iter().any(|it| it.type_ == kind && it.status == value);
    says("Done", "True") || says("Accepted", "False")
}
