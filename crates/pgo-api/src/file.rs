//! Files of an instance: `pgo cat`, `pgo ls`. Neither request has a version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for the contents of files of a cluster's primary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CatRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// The cluster, then the files.
    pub args: Vec<String>,
}

/// What they contain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CatResponse {
    /// One text.
    pub results: Vec<String>,
}

impl Reply for CatResponse {}

/// `pgo cat`
impl Call for CatRequest {
    type Reply = CatResponse;
    const ROUTE: Route = Route::post("/cat");
    const NEEDS: Permission = Permission::Cat;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for a list of the files of a cluster's primary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LsRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// The cluster, then the directories.
    pub args: Vec<String>,
}

/// What `ls -lh` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct LsResponse {
    /// One text.
    pub results: Vec<String>,
}

impl Reply for LsResponse {}

/// `pgo ls`
impl Call for LsRequest {
    type Reply = LsResponse;
    const ROUTE: Route = Route::post("/ls");
    const NEEDS: Permission = Permission::Ls;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
