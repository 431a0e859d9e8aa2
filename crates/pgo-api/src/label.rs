//! Labels of clusters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to set labels of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LabelRequest {
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters; [`crate::ALL_CLUSTERS`] as the first means every one.
    pub args: Vec<String>,
    /// `key=value`, or several of them as a comma list.
    pub label_cmd_label: String,
    /// Only says which clusters would be changed.
    pub dry_run: bool,
    /// Not used.
    pub delete_label: bool,
    /// Version of the client.
    pub client_version: String,
}

/// The names of the clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LabelResponse {
    /// One for each cluster.
    pub results: Vec<String>,
}

impl Reply for LabelResponse {}

/// `pgo label`
impl Call for LabelRequest {
    type Reply = LabelResponse;
    const ROUTE: Route = Route::post("/label");
    const NEEDS: Permission = Permission::Label;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove labels of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteLabelRequest {
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters; [`crate::ALL_CLUSTERS`] as the first means every one.
    pub args: Vec<String>,
    /// `key=value`, or several of them as a comma list; the values do not count.
    pub label_cmd_label: String,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `deleting label from <name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteLabelResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteLabelResponse {}

/// `pgo delete label`
impl Call for DeleteLabelRequest {
    type Reply = DeleteLabelResponse;
    const ROUTE: Route = Route::post("/labeldelete");
    const NEEDS: Permission = Permission::Label;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
