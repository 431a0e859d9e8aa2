//! `pgo df`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks how full the volumes of clusters are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DfRequest {
    /// Which cluster; [`crate::ALL_CLUSTERS`] means every one.
    pub name: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Version of the client.
    pub version: String,
    /// Namespace of the clusters.
    pub namespace: String,
}

/// How full they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DfResponse {
    /// One for each instance.
    pub results: Vec<DfDetail>,
}

/// How full the volume of an instance is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DfDetail {
    /// Pod of the instance.
    pub name: String,
    /// Size of all databases, for people.
    #[serde(rename = "PGSize")]
    pub pg_size: String,
    /// Size of the volume, as a Kubernetes quantity.
    pub claim_size: String,
    /// The share of the databases, in percent.
    pub pct: i64,
    /// Always true.
    pub working: bool,
}

impl Reply for DfResponse {}

/// `pgo df`
impl Call for DfRequest {
    type Reply = DfResponse;
    const ROUTE: Route = Route::get("/df/{name}", &["selector", "version", "namespace"]).in_any_method();
    const NEEDS: Permission = Permission::DfCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
