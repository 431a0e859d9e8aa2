//! `pgo upgrade`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for a newer image of the database in clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpgradeRequest {
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Tag of the image; empty means the server's.
    #[serde(rename = "CCPImageTag")]
    pub ccp_image_tag: String,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: an empty one, then `created minor upgrade task for <name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpgradeResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for UpgradeResponse {}

/// `pgo upgrade`
impl Call for UpgradeRequest {
    type Reply = UpgradeResponse;
    const ROUTE: Route = Route::post("/upgrades");
    const NEEDS: Permission = Permission::CreateUpgrade;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
