//! `pgo update cluster`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to change clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdateClusterRequest {
    /// Which clusters; here alone a list.
    pub clustername: Vec<String>,
    /// Which clusters, by label; wins over the names.
    pub selector: String,
    /// Version of the client.
    pub client_version: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Every cluster; wins over selector and names.
    pub all_flag: bool,
    /// Whether the clusters fail over by themselves; a missing key is false, as in 4.2.
    pub autofail: bool,
}

/// Lines to print: `updated pgcluster <name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdateClusterResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for UpdateClusterResponse {}

/// `pgo update cluster`
impl Call for UpdateClusterRequest {
    type Reply = UpdateClusterResponse;
    const ROUTE: Route = Route::post("/clustersupdate");
    const NEEDS: Permission = Permission::UpdateCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
