//! A cluster goes.
//!
//! It begins with a task `<cluster>-rmdata`, which says what goes along, or with the deletion of the `Pgcluster` by
//! hand, which keeps every volume and every Secret.
//!
//! 1. The `Pgcluster` is deleted; our finalizer keeps it until the end, and there is no way back.
//! 2. Volumes that stay are told which of them is the last primary's (see [`super::take_over`]).
//! 3. Deployments and Jobs are deleted. Their pods have stopped.
//! 4. Everything else is deleted, volumes and Secrets only as far as the task says so.
//! 5. The task is deleted after that, for it remembers what was asked.
//! 6. What Patroni leaves behind is deleted, and the finalizer is released.
//!
//! Invariant: a volume or a Secret is deleted only when the task of this very cluster asks for it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgcluster, Pgtask, PgtaskStatus, state};

use super::{Pass, nothing, take_over};
use crate::condition::{self, Claim};
use crate::event::Reason;
use crate::labels;
use crate::names::ClusterName;
use crate::observed::Observed;
use crate::plan::{Action, Exactly, Finalizer, Kind, Plan, WaitingOn};
use crate::task::{Removal, TaskRequest};

/// How far the removal has come.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Act(Action),
    Delete(Vec<Exactly>),
    Wait(WaitingOn),
    Release,
}

/// Plans the removal, if one was asked for. Needs nothing of the spec: a cluster that makes no sense can go, too.
pub(crate) fn plan(object: &Pgcluster, seen: &Observed) -> Option<Plan> {
    let name = ClusterName::of(object);
    let task = request(object, seen);
    let being_deleted = object.metadata.deletion_timestamp.is_some();
    if task.is_none() && !being_deleted {
        return None;
    }
    let mut plan = nothing(object);
    plan.finalizer = Finalizer::Hold;
    if !being_deleted {
        plan.act(Action::Delete(vec![Exactly::new(
            Kind::Pgcluster,
            &object.metadata,
        )]));
    } else if !holds_finalizer(object) {
        // Kubernetes takes it away as soon as nobody holds it; nothing that we start now could be finished.
        plan.finalizer = Finalizer::Leave;
        return Some(plan);
    } else {
        match next_step(object, &name, task, seen) {
            Step::Act(action) => plan.act(action),
            Step::Delete(objects) => plan.act(Action::Delete(objects)),
            Step::Wait(reason) => plan.wait(reason),
            Step::Release => {
                plan.act(Action::Delete(patroni_state(&name)));
                plan.finalizer = Finalizer::Release;
            }
        }
    }
    describe(object, task, seen, &mut plan);
    Some(plan)
}

/// The task that asks for the removal of this very cluster. One that is older than the cluster asked for the removal
/// of a namesake.
fn request<'a>(object: &Pgcluster, seen: &'a Observed) -> Option<&'a Pgtask> {
    let born = object.metadata.creation_timestamp.as_ref();
    seen.tasks.iter().find(|task| {
        matches!(TaskRequest::from(*task), TaskRequest::RemoveCluster(_))
            && task.metadata.creation_timestamp.as_ref() >= born
            && task.metadata.deletion_timestamp.is_none()
    })
}

/// Deletes requests to remove a namesake of this cluster, so that its own can be made.
pub(crate) fn discard_old_requests(pass: &Pass<'_>, plan: &mut Plan) {
    let is_removal = |task: &&Pgtask| matches!(TaskRequest::from(*task), TaskRequest::RemoveCluster(_));
    let staying = pass
        .seen
        .tasks
        .iter()
        .filter(|task| task.metadata.deletion_timestamp.is_none());
    let old: Vec<_> = staying
        .filter(is_removal)
        .map(|task| Exactly::new(Kind::Pgtask, &task.metadata))
        .collect();
    if !old.is_empty() {
        plan.act(Action::Delete(old));
    }
}

fn next_step(object: &Pgcluster, name: &ClusterName, task: Option<&Pgtask>, seen: &Observed) -> Step {
    let removal = match task.map(TaskRequest::from) {
        Some(TaskRequest::RemoveCluster(removal)) => removal,
        _ => Removal::KEEP_ALL,
    };
    if !removal.data
        && let Some(mark) = take_over::remember(object, seen)
    {
        return Step::Act(mark);
    }
    let workloads = objects(Kind::Deployment, seen.deployments.iter().map(|it| &it.metadata))
        .chain(objects(Kind::Job, seen.jobs.iter().map(|it| &it.metadata)));
    if let Some(step) = delete_or_wait(workloads.collect()) {
        return step;
    }
    let pods: Vec<_> = seen
        .pods
        .iter()
        .filter_map(|pod| pod.metadata.name.clone())
        .collect();
    if !pods.is_empty() {
        return Step::Wait(WaitingOn::Pods(pods));
    }
    if let Some(step) = delete_or_wait(belongings(name, task, removal, seen)) {
        return step;
    }
    match task {
        Some(task) => Step::Delete(vec![Exactly::new(Kind::Pgtask, &task.metadata)]),
        None => Step::Release,
    }
}

/// What Patroni leaves behind. Nobody watches it and no object owns it; so it goes last, when certainly nobody writes
/// it any more, and as long as it has not gone the finalizer holds the cluster.
fn patroni_state(name: &ClusterName) -> Vec<Exactly> {
    name.patroni_config_maps()
        .map(|name| Exactly {
            kind: Kind::ConfigMap,
            name,
            uid: None,
            version: None,
        })
        .into()
}

/// An object, and whether Kubernetes already takes it away.
type Seen = (Exactly, bool);

fn belongings(name: &ClusterName, task: Option<&Pgtask>, removal: Removal, seen: &Observed) -> Vec<Seen> {
    let request = task.and_then(|task| task.metadata.name.as_deref());
    let tasks = seen
        .tasks
        .iter()
        .map(|it| &it.metadata)
        .filter(|it| it.name.as_deref() != request);
    let claims = seen.claims.iter().map(|it| &it.metadata).filter(|it| {
        let is_backup = name.is_backup_claim(it.name.as_deref().unwrap_or_default());
        if is_backup { removal.backups } else { removal.data }
    });
    let secrets = seen.secrets.iter().filter(|it| secret_goes(name, it, removal));
    // It may name another leader by now, and the volumes would have to hear of that.
    let slices = seen.endpoint_slices.iter().map(|it| &it.metadata).map(|it| {
        (
            Exactly::as_seen(Kind::EndpointSlice, it),
            it.deletion_timestamp.is_some(),
        )
    });
    objects(Kind::Service, seen.services.iter().map(|it| &it.metadata))
        .chain(slices)
        .chain(objects(
            Kind::Pgreplica,
            seen.replicas.iter().map(|it| &it.metadata),
        ))
        .chain(objects(Kind::PersistentVolumeClaim, claims))
        .chain(objects(Kind::Secret, secrets))
        .chain(objects(Kind::Pgtask, tasks))
        .chain(objects(
            Kind::ConfigMap,
            seen.config_maps.iter().map(|it| &it.metadata),
        ))
        .collect()
}

/// The certificate authority stays as long as anything that it signed does.
fn secret_goes(name: &ClusterName, secret: &ObjectMeta, removal: Removal) -> bool {
    let labels = secret.labels.as_ref();
    let of_repository = labels.is_some_and(|labels| labels.contains_key(labels::BACKREST_REPO));
    if secret.name.as_deref() == Some(&name.authority_secret()) {
        removal.data && removal.backups
    } else if of_repository {
        removal.backups
    } else {
        removal.data
    }
}

fn objects<'a>(kind: Kind, metadata: impl Iterator<Item = &'a ObjectMeta>) -> impl Iterator<Item = Seen> {
    metadata.map(move |it| (Exactly::new(kind, it), it.deletion_timestamp.is_some()))
}

/// Nothing if nothing is there.
fn delete_or_wait(found: Vec<Seen>) -> Option<Step> {
    let (leaving, staying): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, leaving)| *leaving);
    if !staying.is_empty() {
        return Some(Step::Delete(
            staying.into_iter().map(|(object, _)| object).collect(),
        ));
    }
    let names: Vec<_> = leaving.into_iter().map(|(object, _)| object.name).collect();
    (!names.is_empty()).then_some(Step::Wait(WaitingOn::Deletion(names)))
}

fn holds_finalizer(object: &Pgcluster) -> bool {
    object
        .metadata
        .finalizers
        .iter()
        .flatten()
        .any(|finalizer| finalizer == labels::FINALIZER)
}

/// The state in one sentence, which also remembers that the removal was told.
const REMOVING: &str = "The cluster is being removed";

fn describe(object: &Pgcluster, task: Option<&Pgtask>, seen: &Observed, plan: &mut Plan) {
    let message = match &plan.waiting_on[..] {
        [WaitingOn::Pods(pods)] => format!("Waiting for pods to stop: {}", pods.join(", ")),
        [WaitingOn::Deletion(names)] => format!("Waiting for Kubernetes to delete: {}", names.join(", ")),
        _ => REMOVING.to_owned(),
    };
    // Not by the reason of `Ready`: while a deletion is refused, that says so instead.
    if plan.status.message != REMOVING {
        plan.tell(Reason::ClusterRemoving, REMOVING);
        plan.status.message = REMOVING.into();
    }
    let ready = Claim::no("Ready", "Removing", &message);
    plan.status.conditions = condition::merge(
        &plan.status.conditions,
        vec![ready],
        seen.now,
        object.metadata.generation,
    );
    plan.status.replicas = 0;
    plan.status.primary.clear();
    if let Some(task) = task {
        let old = task.status.clone().unwrap_or_default();
        let claims = vec![
            Claim::yes("Accepted", "Valid", "The request makes sense"),
            Claim::no("Done", "Removing", &message),
        ];
        let status = PgtaskStatus {
            state: state::TASK_PROCESSED.into(),
            message,
            conditions: condition::merge(&old.conditions, claims, seen.now, task.metadata.generation),
            steps: old.steps.clone(),
        };
        if status != old {
            plan.tasks
                .insert(task.metadata.name.clone().unwrap_or_default(), status);
        }
    }
}
