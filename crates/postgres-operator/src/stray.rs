//! A request that names no cluster: it is refused at once, and nobody else would ever look at it.
//!
//! It is looked at under its own name, like a policy, and has nothing to do with a cluster of that name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgo_kube::{ClusterRef, Error, Memory};
use pgo_plan::orphan::{self, Missing};
use tracing::warn;

use crate::context::Context;
use crate::orphan::is_finished;

/// Looks at the task and the replica of this name, if they name no cluster.
pub(crate) async fn pass(context: &Context, name: &ClusterRef) -> Result<(), Error> {
    let caches = &context.kube.caches;
    let ClusterRef { namespace, name } = name;
    if caches.is_ending(namespace) {
        return Ok(());
    }
    let now = Timestamp::now();
    let task = caches.tasks.get(namespace, name);
    let task = task.filter(|it| is_stray(it.as_ref()) && !is_finished(it));
    let tasks: BTreeMap<_, _> = task
        .map(|it| (name.clone(), orphan::task(&it, Missing::Unnamed, now)))
        .into_iter()
        .collect();
    let replica = caches
        .replicas
        .get(namespace, name)
        .filter(|it| is_stray(it.as_ref()));
    let replicas: BTreeMap<_, _> = replica
        .map(|it| (name.clone(), orphan::replica(&it, Missing::Unnamed, now)))
        .into_iter()
        .collect();
    let recorded = context.kube.record_tasks(namespace, &tasks).await?
        | context.kube.record_replicas(namespace, &replicas).await?;
    if recorded {
        warn!("a request was refused: it names no cluster");
    }
    Ok(())
}

fn is_stray<M: Memory>(object: &M) -> bool {
    object.cluster().is_none_or(str::is_empty) && object.meta().deletion_timestamp.is_none()
}
