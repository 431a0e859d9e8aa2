//! `pgo status`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for a summary of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatusRequest {
    /// Version of the client.
    pub version: String,
    /// Which namespace.
    pub namespace: String,
}

/// The summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct StatusResponse {
    /// The summary: an object, under a key in the singular.
    pub result: StatusDetail,
}

/// A summary of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct StatusDetail {
    /// When the operator was started, as `2019-12-31 15:04:05 +0000 UTC`; `error` when that is unknown.
    pub operator_start_time: String,
    /// Deployments that belong to clusters.
    pub num_databases: i64,
    /// Claims that belong to clusters.
    pub num_claims: i64,
    /// Sum of the claims' sizes, with a binary suffix.
    pub volume_cap: String,
    /// How many containers run each image.
    pub db_tags: BTreeMap<String, i64>,
    /// Clusters that have an instance which is not ready.
    pub not_ready: Vec<String>,
    /// The nodes of the Kubernetes cluster.
    pub nodes: Vec<StatusNode>,
    /// How many Deployments carry each label, the most frequent first.
    pub labels: Vec<StatusLabel>,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct StatusNode {
    /// Its name.
    pub name: String,
    /// One word about its health.
    pub status: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A label and how often it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct StatusLabel {
    /// `key=value`.
    pub key: String,
    /// How often.
    pub value: i64,
}

impl Reply for StatusResponse {}

/// `pgo status`
impl Call for StatusRequest {
    type Reply = StatusResponse;
    const ROUTE: Route = Route::get("/status", &["version", "namespace"]).in_any_method();
    const NEEDS: Permission = Permission::Status;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
