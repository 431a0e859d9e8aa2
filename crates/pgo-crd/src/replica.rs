//! One replica of a cluster.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::without_defaults;
use crate::status::{Condition, conditions};
use crate::{ContainerResources, StorageSpec};

/// One replica: an instance with a volume of its own that follows the primary of its cluster.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "crunchydata.com",
    version = "v1",
    kind = "Pgreplica",
    plural = "pgreplicas",
    namespaced,
    doc = "One replica of a PostgreSQL cluster.",
    status = "PgreplicaStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "postgres",
    printcolumn(name = "Cluster", type_ = "string", json_path = ".spec.clustername"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether the replica follows the primary"
    ),
    printcolumn(
        name = "Why",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason",
        description = "What is missing, in one word"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        description = "What is missing, in one sentence",
        priority = 1
    )
)]
#[serde(default)]
#[schemars(transform = without_defaults)]
pub struct PgreplicaSpec {
    /// Namespace of the replica; informative, the object's own namespace counts.
    pub namespace: String,
    /// Name of the replica; when given it must equal the object's name.
    pub name: String,
    /// Name of the cluster that the replica belongs to.
    pub clustername: String,
    /// Volume of the replica; empty means the replica storage of the cluster.
    pub replicastorage: StorageSpec,
    /// What the database container asks for and may use; the cluster's values when `limitscpu` is empty.
    pub containerresources: ContainerResources,
    /// Not used any more: progress is in the status. Version 4.2 wrote `completed` here.
    pub status: String,
    /// Labels of the user's own, and control values of version 4.2 such as `NodeLabelKey`.
    pub userlabels: BTreeMap<String, String>,
}

/// What the operator saw of a replica.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct PgreplicaStatus {
    /// The state in the words of version 4.2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What holds and what does not, each with a reason: `Accepted`, `Ready`.
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
}
