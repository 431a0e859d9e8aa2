//! `pgo clone`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for a new cluster with the data of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CloneRequest {
    /// Namespace of the clusters.
    pub namespace: String,
    /// Where the data comes from.
    pub source_cluster_name: String,
    /// Name of the new cluster.
    pub target_cluster_name: String,
    /// Not checked: clients of 4.2 leave it empty.
    pub client_version: String,
    /// `local` or `s3`: from which backups; empty means the one of the cluster.
    pub backrest_storage_source: String,
}

/// What was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CloneResponse {
    /// Name of the new cluster.
    pub target_cluster_name: String,
    /// The workflow to ask about.
    #[serde(rename = "WorkflowID")]
    pub workflow_id: String,
}

impl Reply for CloneResponse {}

/// `pgo clone`
impl Call for CloneRequest {
    type Reply = CloneResponse;
    const ROUTE: Route = Route::post("/clone");
    const NEEDS: Permission = Permission::Clone;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
