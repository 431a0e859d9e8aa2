//! What people want to know of a pod.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use pgo_plan::{labels, observed};

use super::App;
use crate::selector::value;

/// What a pod is to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Primary,
    Replica,
    Pooler,
    Repository,
    Backup,
    Unknown,
}

impl Kind {
    /// Reads it off the labels, the first that fits as in 4.2.
    pub(super) fn of(pod: &Pod) -> Self {
        let label = |key| value(&pod.metadata, key);
        match label(labels::ROLE) {
            _ if !label(labels::BACKREST_REPO).is_empty() => Self::Repository,
            _ if !label(labels::PGBOUNCER).is_empty() => Self::Pooler,
            _ if label("pgbackup") == "true" => Self::Backup,
            // The second word is Patroni's since version 4.
            labels::ROLE_PRIMARY | "primary" => Self::Primary,
            labels::ROLE_REPLICA => Self::Replica,
            _ => Self::Unknown,
        }
    }

    /// The word on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Pooler => "pgbouncer",
            Self::Repository => "pgbackrest",
            Self::Backup => "backup",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the traffic for the primary of a cluster is led, and what that instance knows of the others.
///
/// A primary whose node is lost goes on being labelled as one until it comes back. The address behind the Service is
/// written by the instance that holds the leader lock, and there is one of those.
pub(super) struct Lead {
    /// Addresses of pods.
    addresses: BTreeSet<String>,
    /// The pods from which the leader hears nothing.
    unheard: BTreeSet<String>,
}

impl Lead {
    /// Looks behind the primary Service of a cluster with these pods.
    pub(super) fn of(app: &App, namespace: &str, cluster: &str, pods: &[Arc<Pod>]) -> Self {
        let slices = app.kube.caches.endpoint_slices.of_cluster(namespace, cluster);
        let led: BTreeSet<_> = slices
            .iter()
            .filter(|slice| value(&slice.metadata, labels::SLICE_SERVICE) == cluster)
            .flat_map(|slice| &slice.endpoints)
            .flat_map(|endpoint| endpoint.addresses.iter().cloned())
            .collect();
        let leads = |pod: &&Arc<Pod>| is_instance(pod) && address(pod).is_some_and(|it| led.contains(it));
        let leaders: Vec<&Arc<Pod>> = pods.iter().filter(leads).collect();
        let addresses = leaders.iter().filter_map(|pod| address(pod));
        let unheard = leaders.iter().flat_map(|pod| observed::unheard(pod));
        Self {
            addresses: addresses.map(str::to_owned).collect(),
            unheard: unheard.map(str::to_owned).collect(),
        }
    }

    /// Whether the traffic is led, and not to this address.
    pub(super) fn is_elsewhere(&self, address: &str) -> bool {
        !self.addresses.is_empty() && !self.addresses.contains(address)
    }

    /// What a pod is. Where traffic leads to no pod that is there, the labels decide alone.
    pub(super) fn kind(&self, pod: &Pod) -> Kind {
        let kind = Kind::of(pod);
        if self.addresses.is_empty() || !is_instance(pod) {
            return kind;
        }
        match kind {
            _ if address(pod).is_some_and(|address| self.addresses.contains(address)) => Kind::Primary,
            Kind::Primary => Kind::Replica,
            other => other,
        }
    }

    /// Whether the leader hears nothing from a pod, by its name, that should follow it.
    pub(super) fn misses(&self, pod: &str) -> bool {
        self.unheard.contains(pod)
    }

    /// Ready containers and all containers. None is ready in a pod from which the leader hears nothing: its node may be
    /// lost, and Kubernetes not know yet.
    pub(super) fn readiness(&self, pod: &Pod) -> (usize, usize) {
        let (ready, all) = readiness(pod);
        let is_missed = pod.metadata.name.as_ref().is_some_and(|name| self.misses(name));
        (if is_missed { 0 } else { ready }, all)
    }

    /// Whether all containers of a pod are ready.
    pub(super) fn is_ready(&self, pod: &Pod) -> bool {
        let (ready, all) = self.readiness(pod);
        ready == all && all > 0
    }
}

/// The address of a pod, once it has one.
fn address(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.pod_ip.as_deref()
}

/// Whether a pod is an instance of a cluster.
pub(super) fn is_instance(pod: &Pod) -> bool {
    value(&pod.metadata, labels::PG_DATABASE) == "true"
}

/// Ready containers and all containers. A container of which the kubelet has said nothing yet is not ready.
fn readiness(pod: &Pod) -> (usize, usize) {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.container_statuses.as_deref())
        .unwrap_or_default();
    let ready = statuses.iter().filter(|status| status.ready).count();
    let all = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    let all = all.max(statuses.len());
    // The kubelet of a lost node can take nothing back of what it said; Kubernetes then says for itself that the pod is
    // not ready.
    if ready == all && is_given_up(pod) {
        return (0, all);
    }
    (ready, all)
}

/// Whether Kubernetes says that a pod is not ready.
fn is_given_up(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    ready.any(|condition| condition.status != "True")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_on_a_lost_node_is_not_ready_whatever_its_kubelet_said_last() {
        let pod = |ready: &str| -> Pod {
            let container =
                json!({"name": "database", "image": "", "imageID": "", "ready": true, "restartCount": 0});
            serde_json::from_value(json!({"status": {
                "containerStatuses": [container],
                "conditions": [{"type": "Ready", "status": ready}],
            }}))
            .unwrap()
        };
        assert_eq!(readiness(&pod("True")), (1, 1));
        assert_eq!(readiness(&pod("False")), (0, 1));
        assert_eq!(readiness(&pod("Unknown")), (0, 1));
    }
}
