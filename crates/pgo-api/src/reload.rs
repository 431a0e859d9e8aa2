//! `pgo reload`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks PostgreSQL to read its configuration again. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ReloadRequest {
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
}

/// Lines to print: `reload performed on <name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ReloadResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for ReloadResponse {}

/// `pgo reload`
impl Call for ReloadRequest {
    type Reply = ReloadResponse;
    const ROUTE: Route = Route::post("/reload");
    const NEEDS: Permission = Permission::Reload;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
