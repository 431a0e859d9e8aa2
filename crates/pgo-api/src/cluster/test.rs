//! `pgo test`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks whether clusters can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct TestClusterRequest {
    /// Which cluster.
    pub clustername: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Version of the client.
    pub client_version: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Every cluster.
    pub all_flag: bool,
}

/// The clusters that were found; none is no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct TestClusterResponse {
    /// One for each cluster.
    pub results: Vec<TestClusterResult>,
}

/// What of one cluster can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct TestClusterResult {
    /// The cluster.
    pub cluster_name: String,
    /// Its Services; one is available when something ready is behind it.
    pub endpoints: Vec<TestClusterDetail>,
    /// Its instances; one is available when all its containers are ready.
    pub instances: Vec<TestClusterDetail>,
}

/// A Service or an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct TestClusterDetail {
    /// Whether it can be used.
    pub available: bool,
    /// Address and port of a Service, name of an instance's Pod.
    pub message: String,
    /// `primary`, `replica`, `pgbouncer`, `backups` or `unknown`.
    pub instance_type: String,
}

impl Reply for TestClusterResponse {}

/// `pgo test`
impl Call for TestClusterRequest {
    type Reply = TestClusterResponse;
    const ROUTE: Route = Route::post("/testclusters");
    const NEEDS: Permission = Permission::TestCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
