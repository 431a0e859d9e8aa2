//! What people want to know of a pod.

use k8s_openapi::api::core::v1::Pod;
use pgo_plan::labels;

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

/// Whether a pod is an instance of a cluster.
pub(super) fn is_instance(pod: &Pod) -> bool {
    value(&pod.metadata, labels::PG_DATABASE) == "true"
}

/// Ready containers and all containers. A container of which the kubelet has said nothing yet is not ready.
pub(super) fn readiness(pod: &Pod) -> (usize, usize) {
    let statuses = pod
        .status
        .as_ref()
        .and_then(|status| status.container_statuses.as_deref())
        .unwrap_or_default();
    let ready = statuses.iter().filter(|status| status.ready).count();
    let all = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    (ready, all.max(statuses.len()))
}

/// Whether all containers of a pod are ready.
pub(super) fn is_ready(pod: &Pod) -> bool {
    let (ready, all) = readiness(pod);
    ready == all && all > 0
}
