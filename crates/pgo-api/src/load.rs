//! `pgo load`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to load a file into clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LoadRequest {
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// What to load, as the text of a YAML file.
    pub load_config: String,
    /// Policies to apply before, as a comma list.
    pub policies: String,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `created Job <job>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LoadResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for LoadResponse {}

/// `pgo load`
impl Call for LoadRequest {
    type Reply = LoadResponse;
    const ROUTE: Route = Route::post("/load");
    const NEEDS: Permission = Permission::Load;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
