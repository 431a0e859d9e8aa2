//! One operation to carry out, or the diary of a workflow.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::StorageSpec;
use crate::schema::without_defaults;
use crate::status::{Condition, conditions};

/// One operation to carry out on a cluster, or the public diary of a workflow.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "crunchydata.com",
    version = "v1",
    kind = "Pgtask",
    plural = "pgtasks",
    namespaced,
    doc = "One operation to carry out on a PostgreSQL cluster, or the diary of a workflow.",
    status = "PgtaskStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "postgres",
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.tasktype"),
    printcolumn(name = "Cluster", type_ = "string", json_path = ".metadata.labels.pg-cluster"),
    printcolumn(
        name = "Done",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Done\")].status",
        description = "Whether the task has been carried out"
    ),
    printcolumn(
        name = "Why",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Done\")].reason",
        description = "What it waits for, or why it was refused, in one word"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.message",
        priority = 1
    )
)]
#[serde(default)]
#[schemars(transform = without_defaults)]
pub struct PgtaskSpec {
    /// Namespace of the task; informative, the object's own namespace counts.
    pub namespace: String,
    /// Name of the task; when given it must equal the object's name.
    pub name: String,
    /// Volume for the result of a logical backup.
    pub storagespec: StorageSpec,
    /// What to do, for example `delete-data` or `workflow`.
    pub tasktype: String,
    /// Free text of the one who asked, for example `requested`.
    pub status: String,
    /// Arguments of the operation.
    pub parameters: BTreeMap<String, String>,
}

/// How far a task has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct PgtaskStatus {
    /// The state in the words of version 4.2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What holds and what does not, each with a reason: `Accepted`, `Done`.
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// The steps that have been taken, each with its time in RFC 3339.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, String>,
}
