//! pgBouncer in front of clusters: create, delete.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Redacted, Reply, Route};

/// Asks for a pgBouncer in front of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreatePgbouncerRequest {
    /// Which clusters.
    pub args: Vec<String>,
    /// More clusters, by label.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Name of pgBouncer's user.
    pub pgbouncer_user: String,
    /// Password of pgBouncer's user; empty means one made for it.
    pub pgbouncer_pass: Redacted<String>,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `<name> pgbouncer added` for each cluster. Clients print them beside an error too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreatePgbouncerResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreatePgbouncerResponse {}

/// `pgo create pgbouncer`
impl Call for CreatePgbouncerRequest {
    type Reply = CreatePgbouncerResponse;
    const ROUTE: Route = Route::post("/pgbouncer");
    const NEEDS: Permission = Permission::CreatePgbouncer;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove the pgBouncer of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgbouncerRequest {
    /// Which clusters.
    pub args: Vec<String>,
    /// More clusters, by label.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `<name> pgbouncer deleted` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgbouncerResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeletePgbouncerResponse {}

/// `pgo delete pgbouncer`
impl Call for DeletePgbouncerRequest {
    type Reply = DeletePgbouncerResponse;
    const ROUTE: Route = Route::delete("/pgbouncer");
    const NEEDS: Permission = Permission::DeletePgbouncer;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// The same on a route of its own, for callers that cannot send a deletion with a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PostDeletePgbouncerRequest(pub DeletePgbouncerRequest);

/// No command sends it.
impl Call for PostDeletePgbouncerRequest {
    type Reply = DeletePgbouncerResponse;
    const ROUTE: Route = Route::post("/pgbouncerdelete");
    const NEEDS: Permission = Permission::DeletePgbouncer;

    fn client_version(&self) -> Option<&str> {
        Some(&self.0.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.0.namespace)
    }
}
