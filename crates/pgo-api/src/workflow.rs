//! `pgo show workflow`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks how far a workflow has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowWorkflowRequest {
    /// Which workflow.
    pub id: String,
    /// Version of the client.
    pub version: String,
    /// Namespace of the workflow.
    pub namespace: String,
}

/// One workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowWorkflowResponse {
    /// The workflow: an object, not a list.
    pub results: ShowWorkflowDetail,
}

/// What a workflow was asked and when it did what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowWorkflowDetail {
    /// The cluster.
    pub cluster_name: String,
    /// Its parameters, and its steps with the time of each, such as `task submitted`.
    pub parameters: BTreeMap<String, String>,
}

impl Reply for ShowWorkflowResponse {}

/// `pgo show workflow`
impl Call for ShowWorkflowRequest {
    type Reply = ShowWorkflowResponse;
    const ROUTE: Route = Route::get("/workflow/{id}", &["version", "namespace"]);
    const NEEDS: Permission = Permission::ShowWorkflow;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
