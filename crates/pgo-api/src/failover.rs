//! `pgo failover`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to make a replica the primary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct FailoverRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// Which cluster.
    pub cluster_name: String,
    /// Which replica, by the name of its Deployment.
    pub target: String,
    /// Version of the client.
    pub client_version: String,
}

/// One line to print: `created Pgtask (failover) for cluster <name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct FailoverResponse {
    /// The line.
    pub results: Vec<String>,
    /// Always empty.
    pub targets: String,
}

impl Reply for FailoverResponse {}

/// `pgo failover --target`
impl Call for FailoverRequest {
    type Reply = FailoverResponse;
    const ROUTE: Route = Route::post("/failover");
    const NEEDS: Permission = Permission::CreateFailover;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks which replicas could become the primary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FailoverQueryRequest {
    /// Which cluster.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Namespace of the cluster.
    pub namespace: String,
}

/// The replicas; none is no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct FailoverQueryResponse {
    /// One for each replica.
    pub results: Vec<FailoverQueryTarget>,
}

/// One replica, as Patroni sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct FailoverQueryTarget {
    /// Its name, which is that of its Deployment.
    pub name: String,
    /// The node that it runs on.
    pub node: String,
    /// Whether that node is among the preferred ones.
    pub preferred_node: bool,
    /// How many megabytes of WAL it is behind.
    pub replication_lag: i64,
    /// Patroni's word for its state.
    pub status: String,
    /// Its timeline.
    pub timeline: i64,
}

impl Reply for FailoverQueryResponse {}

/// `pgo failover --query`
impl Call for FailoverQueryRequest {
    type Reply = FailoverQueryResponse;
    const ROUTE: Route = Route::get("/failover/{name}", &["version", "namespace"]);
    const NEEDS: Permission = Permission::CreateFailover;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
