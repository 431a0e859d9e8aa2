//! More and fewer replicas. All three requests are GETs, also the two that change something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for more replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct ScaleRequest {
    /// Which cluster.
    pub name: String,
    /// How many replicas more, as it was written: an address carries text only.
    pub replica_count: String,
    /// Name of the resources that the replicas ask for.
    pub resources_config: String,
    /// Storage configuration of the replicas.
    pub storage_config: String,
    /// `key=value` of the nodes that the replicas prefer.
    pub node_label: String,
    /// Version of the client.
    pub version: String,
    /// Tag of the database image.
    pub ccp_image_tag: String,
    /// `ClusterIP`, `LoadBalancer` or `NodePort`.
    pub service_type: String,
    /// Namespace of the cluster.
    pub namespace: String,
}

/// Lines to print: `created Pgreplica <name>` for each replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ScaleResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for ScaleResponse {}

/// `pgo scale`
impl Call for ScaleRequest {
    type Reply = ScaleResponse;
    const ROUTE: Route = Route::get(
        "/clusters/scale/{name}",
        &[
            "replica-count",
            "resources-config",
            "storage-config",
            "node-label",
            "version",
            "ccp-image-tag",
            "service-type",
            "namespace",
        ],
    )
    .in_any_method();
    const NEEDS: Permission = Permission::ScaleCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks which replicas there are and how far behind they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ScaleQueryRequest {
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
pub struct ScaleQueryResponse {
    /// One for each replica.
    pub results: Vec<ScaleQueryTarget>,
}

/// One replica, as Patroni sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ScaleQueryTarget {
    /// Its name, which is that of its Deployment.
    pub name: String,
    /// The node that it runs on.
    pub node: String,
    /// How many megabytes of WAL it is behind.
    pub replication_lag: i64,
    /// Patroni's word for its state.
    pub status: String,
    /// Its timeline.
    pub timeline: i64,
}

impl Reply for ScaleQueryResponse {}

/// `pgo scaledown --query`
impl Call for ScaleQueryRequest {
    type Reply = ScaleQueryResponse;
    const ROUTE: Route = Route::get("/scale/{name}", &["version", "namespace"]);
    const NEEDS: Permission = Permission::ScaleCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove one replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct ScaleDownRequest {
    /// Which cluster.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Which replica.
    pub replica_name: String,
    /// Whether its data goes too, as it was written: an address carries text only.
    pub delete_data: String,
    /// Namespace of the cluster.
    pub namespace: String,
}

/// One line to print: `deleted Pgreplica <name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ScaleDownResponse {
    /// The line.
    pub results: Vec<String>,
}

impl Reply for ScaleDownResponse {}

/// `pgo scaledown --target`
impl Call for ScaleDownRequest {
    type Reply = ScaleDownResponse;
    const ROUTE: Route = Route::get(
        "/scaledown/{name}",
        &["version", "replica-name", "delete-data", "namespace"],
    );
    const NEEDS: Permission = Permission::ScaleCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
