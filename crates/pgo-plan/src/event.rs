//! What the world is told: a closed set of reasons that become Kubernetes Events.

use serde::Serialize;

/// The longest note that Kubernetes takes, in bytes.
pub const LONGEST_NOTE: usize = 1024;

/// One event about a cluster, or about the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Why, from a closed list.
    pub reason: Reason,
    /// One sentence for people. Of one that is longer than [`LONGEST_NOTE`] only the beginning is told: whatever must be
    /// known stands elsewhere too, in a condition or a log.
    pub note: String,
}

/// The reasons that pgo gives. Each becomes the `reason` of a Kubernetes Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reason {
    /// The first backup succeeded and the cluster is complete.
    ClusterCreated,
    /// What was asked for makes no sense.
    SpecRejected,
    /// The stanza exists in the repository.
    StanzaCreated,
    /// A backup succeeded.
    BackupCompleted,
    /// A Job failed.
    JobFailed,
    /// A replica was added.
    ReplicaCreated,
    /// A replica was removed.
    ReplicaRemoved,
    /// A request was refused.
    Refused,
    /// The cluster is being removed.
    ClusterRemoving,
    /// A change of the configuration is in force.
    ConfigurationChanged,
    /// A change of the configuration makes no sense; the one before it stays in force.
    ConfigurationRefused,
}
