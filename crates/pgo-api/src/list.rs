//! Lists of objects, as Kubernetes writes them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Objects of one kind. Version 4.2 passed on the lists that it had from Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct List<T: Default> {
    /// What Kubernetes says of the list; we say nothing.
    pub metadata: ListMeta,
    /// The objects.
    pub items: Vec<T>,
}
