//! `pgo delete cluster`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to remove clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteClusterRequest {
    /// Which cluster; [`crate::ALL_CLUSTERS`] means every one.
    pub clustername: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Version of the client.
    pub client_version: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Not used.
    pub all_flag: bool,
    /// Whether the backups go too.
    pub delete_backups: bool,
    /// Whether the data goes too.
    pub delete_data: bool,
}

/// Lines to print: `deleted pgcluster <name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteClusterResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteClusterResponse {}

/// `pgo delete cluster`
impl Call for DeleteClusterRequest {
    type Reply = DeleteClusterResponse;
    const ROUTE: Route = Route::post("/clustersdelete");
    const NEEDS: Permission = Permission::DeleteCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
