//! `pgo show pvc`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for the volume claims of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPvcRequest {
    /// Which cluster.
    pub cluster_name: String,
    /// Not used.
    pub selector: String,
    /// Version of the client.
    pub client_version: String,
    /// Namespace of the claims.
    pub namespace: String,
    /// The claims of every cluster.
    pub all_flag: bool,
}

/// The claims that were found; none is no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPvcResponse {
    /// One for each claim.
    pub results: Vec<ShowPvcResult>,
}

/// One claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPvcResult {
    /// The cluster that it belongs to.
    pub cluster_name: String,
    /// Its name.
    #[serde(rename = "PVCName")]
    pub pvc_name: String,
}

impl Reply for ShowPvcResponse {
    const SUCCESS: (&'static str, &'static str) = ("", "");
}

/// `pgo show pvc`
impl Call for ShowPvcRequest {
    type Reply = ShowPvcResponse;
    const ROUTE: Route = Route::post("/showpvc");
    const NEEDS: Permission = Permission::ShowPVC;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
