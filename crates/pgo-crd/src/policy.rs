//! SQL that can be applied to clusters.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::without_defaults;
use crate::status::{Condition, conditions};

/// SQL that can be applied to clusters, as text or by its address.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "crunchydata.com",
    version = "v1",
    kind = "Pgpolicy",
    plural = "pgpolicies",
    namespaced,
    doc = "SQL that can be applied to PostgreSQL clusters.",
    status = "PgpolicyStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "postgres",
    printcolumn(
        name = "Accepted",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Accepted\")].status"
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state", priority = 1)
)]
#[serde(default)]
#[schemars(transform = without_defaults)]
pub struct PgpolicySpec {
    /// Namespace of the policy; informative, the object's own namespace counts.
    pub namespace: String,
    /// Name of the policy; when given it must equal the object's name.
    pub name: String,
    /// Where the SQL is fetched from; wins over `sql`.
    pub url: String,
    /// The SQL itself.
    pub sql: String,
    /// Free text of the one who asked.
    pub status: String,
}

/// What the operator saw of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct PgpolicyStatus {
    /// The state in the words of version 4.2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What holds and what does not, each with a reason: `Accepted`.
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
}
