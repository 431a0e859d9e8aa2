//! `pgo scaledown --target`.

use pgo_api::{ScaleDownRequest, ScaleDownResponse};
use pgo_crd::Pgcluster;
use pgo_plan::labels;
use pgo_plan::names::{ClusterName, InstanceName};
use pgo_plan::task;
use tracing::info;

use super::super::removal::{self, Asked};
use super::super::{App, pod};
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};
use crate::selector::value;

/// Asks for the removal of one replica. Never the leader: the operator and the agent refuse that as well, but here the
/// one who asks learns it at once.
pub(crate) async fn down(
    app: &App,
    caller: &Caller,
    request: ScaleDownRequest,
) -> Outcome<ScaleDownResponse> {
    let ScaleDownRequest {
        name,
        replica_name,
        namespace,
        ..
    } = &request;
    let delete_data = truth(&request.delete_data)?;
    let cluster = app.cluster(namespace, name)?;
    check(app, namespace, &cluster, replica_name)?;
    let replica = InstanceName::new(replica_name);
    let task = task::scaledown(&ClusterName::of(&cluster), namespace, &replica, delete_data);
    if removal::ask(app, task, &cluster).await? == Asked::Before {
        return Err(removal::runs(&format!("replica {replica}")).into());
    }
    info!(
        namespace,
        cluster = name,
        replica = replica_name,
        user = caller.user,
        delete_data,
        "removal asked for"
    );
    Ok(ScaleDownResponse {
        results: vec![format!("deleted Pgreplica {replica}")],
    })
}

fn check(app: &App, namespace: &str, cluster: &Pgcluster, replica: &str) -> Result<(), Refusal> {
    let name = cluster.metadata.name.as_deref().unwrap_or_default();
    if replica.is_empty() {
        return Err(Refusal::asked("which replica shall go? Name it with --target"));
    }
    if is_primary(app, namespace, cluster, replica) {
        return Err(Refusal::Asked(format!(
            "{replica:?} is the primary of cluster {name:?} and cannot be removed: choose a replica \
             (`pgo scaledown {name} --query`)"
        )));
    }
    if replica == name {
        return Err(Refusal::Asked(format!(
            "{replica:?} is the first instance of its cluster and goes only with it, also when it is a replica: choose \
             another one (`pgo scaledown {name} --query`)"
        )));
    }
    let known = app.kube.caches.replicas.get(namespace, replica);
    if known.as_ref().is_none_or(|it| it.spec.clustername != name) {
        return Err(Refusal::Asked(format!(
            "cluster {name:?} has no replica {replica:?}: choose one that `pgo show cluster {name}` lists"
        )));
    }
    if known.is_some_and(|it| it.metadata.deletion_timestamp.is_some()) {
        return Err(removal::runs(&format!("replica {replica}")));
    }
    Ok(())
}

/// By where traffic leads and the role that Patroni wrote on the pod; where no pod says, by what the operator saw last.
fn is_primary(app: &App, namespace: &str, cluster: &Pgcluster, instance: &str) -> bool {
    let name = cluster.metadata.name.as_deref().unwrap_or_default();
    let pods = app.kube.caches.pods.of_cluster(namespace, name);
    let lead = pod::Lead::of(app, namespace, name, &pods);
    let mut primaries = pods
        .iter()
        .filter(|it| pod::is_instance(it) && lead.kind(it) == pod::Kind::Primary)
        .map(|it| value(&it.metadata, labels::DEPLOYMENT_NAME))
        .peekable();
    if primaries.peek().is_some() {
        return primaries.any(|primary| primary == instance);
    }
    cluster
        .status
        .as_ref()
        .is_some_and(|status| status.primary == instance)
}

/// The spellings that 4.2 took in an address.
fn truth(text: &str) -> Result<bool, Refusal> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(Refusal::Asked(format!(
            "delete-data is {text:?}: give true or false"
        ))),
    }
}
