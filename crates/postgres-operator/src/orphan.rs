//! A name without a `Pgcluster`: requests that nobody else would answer, and what a cluster left behind.
//!
//! 1. A request to remove the cluster is carried out, as far as anything of it is left: the cluster may have been
//!    deleted by hand before, which keeps volumes and Secrets, and now they shall go.
//! 2. Every other request, and a replica of a cluster that does not exist, is refused after a while. Not at once:
//!    who creates a cluster writes its diary and perhaps its replicas first.
//! 3. A `Pgcluster` that cannot be read is said to be so.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use pgo_crd::{Pgcluster, PgclusterSpec, Pgtask};
use pgo_kube::{Broken, ClusterRef, Error};
use pgo_plan::Observed;
use pgo_plan::labels::FINALIZER;
use pgo_plan::orphan::{self, Missing};
use pgo_plan::plan::Finalizer;
use pgo_plan::task::TaskRequest;
use tracing::warn;

use crate::actors::Then;
use crate::cluster::log;
use crate::context::Context;

/// How long a request may be older than its cluster.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Looks at a name that is no readable cluster's.
pub(crate) async fn pass(context: &Context, name: &ClusterRef) -> Result<Then, Error> {
    if let Some(broken) = context.kube.caches.clusters.broken(&name.namespace, &name.name) {
        return unreadable(context, &broken).await;
    }
    let now = Timestamp::now();
    let observed = context.kube.observe(name, now);
    if observed
        .tasks
        .iter()
        .any(|task| matches!(TaskRequest::from(task), TaskRequest::RemoveCluster(_)))
    {
        return remove_leftovers(context, name, &observed).await;
    }
    refuse(context, name, &observed).await
}

/// Carries out a removal as if the cluster were still there and being deleted.
async fn remove_leftovers(context: &Context, name: &ClusterRef, observed: &Observed) -> Result<Then, Error> {
    let ghost = ghost(name, observed.now);
    let mut plan = pgo_plan::plan(&ghost, &context.defaults(), observed);
    plan.finalizer = Finalizer::Leave;
    plan.labels.clear();
    let outcome = context.kube.apply(&ghost, &plan).await;
    log(&outcome);
    let changed = outcome.changed_the_world();
    if let Some(failure) = outcome.failure {
        return Err(failure);
    }
    let recorded = context.kube.record_tasks(&name.namespace, &plan.tasks).await?;
    Ok(if changed | recorded {
        Then::Again
    } else {
        Then::AwaitChange
    })
}

/// A cluster of that name in its last moments.
fn ghost(name: &ClusterRef, now: Timestamp) -> Pgcluster {
    let metadata = ObjectMeta {
        name: Some(name.name.clone()),
        namespace: Some(name.namespace.clone()),
        deletion_timestamp: Some(Time(now)),
        finalizers: Some(vec![FINALIZER.to_owned()]),
        ..ObjectMeta::default()
    };
    Pgcluster {
        metadata,
        spec: PgclusterSpec::default(),
        status: None,
    }
}

async fn refuse(context: &Context, name: &ClusterRef, observed: &Observed) -> Result<Then, Error> {
    let mut soonest: Option<Timestamp> = None;
    let mut is_due = |meta: &ObjectMeta| {
        let due = meta
            .creation_timestamp
            .as_ref()
            .map_or(observed.now, |born| born.0 + PATIENCE);
        if observed.now < due {
            soonest = Some(soonest.map_or(due, |soonest| soonest.min(due)));
        }
        due <= observed.now && meta.deletion_timestamp.is_none()
    };
    let missing = Missing::Absent {
        cluster: &name.name,
        namespace: &name.namespace,
    };
    let named = |meta: &ObjectMeta| meta.name.clone().unwrap_or_default();
    let replicas = observed.replicas.iter().filter(|it| is_due(&it.metadata));
    let replicas = replicas
        .map(|it| (named(&it.metadata), orphan::replica(it, missing, observed.now)))
        .collect();
    let tasks = observed.tasks.iter();
    let tasks = tasks
        .filter(|it| is_due(&it.metadata) && !is_finished(it))
        .map(|it| (named(&it.metadata), orphan::task(it, missing, observed.now)))
        .collect();
    let recorded = context.kube.record_replicas(&name.namespace, &replicas).await?
        | context.kube.record_tasks(&name.namespace, &tasks).await?;
    if recorded {
        warn!("requests were refused: there is no such cluster");
    }
    let until = soonest.map(|due| Duration::try_from(due.duration_since(observed.now)).unwrap_or_default());
    Ok(until.map_or(Then::AwaitChange, |wait| {
        Then::After(wait.max(Duration::from_secs(1)))
    }))
}

/// The diary of a cluster that has lived stays as it is.
pub(crate) fn is_finished(task: &Pgtask) -> bool {
    let conditions = task.status.iter().flat_map(|status| &status.conditions);
    conditions
        .into_iter()
        .any(|it| it.type_ == "Done" && it.status == "True")
}

async fn unreadable(context: &Context, broken: &Broken) -> Result<Then, Error> {
    warn!(
        error = broken.error,
        "a Pgcluster cannot be read and is left alone until it is changed"
    );
    let conditions = orphan::unreadable(&broken.error, Timestamp::now());
    context
        .kube
        .record_unreadable(&broken.metadata, &conditions)
        .await?;
    Ok(Then::AwaitChange)
}
