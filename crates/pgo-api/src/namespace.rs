//! Namespaces: show, create, update, delete. None of the four checks a namespace: they are about them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowNamespaceRequest {
    /// Which namespaces.
    pub args: Vec<String>,
    /// Every namespace of the Kubernetes cluster.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
}

/// The namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowNamespaceResponse {
    /// The caller.
    pub username: String,
    /// One for each namespace.
    pub results: Vec<ShowNamespaceResult>,
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowNamespaceResult {
    /// Its name.
    pub namespace: String,
    /// Whether it belongs to this installation.
    pub installation_access: bool,
    /// Whether the caller may use it.
    pub user_access: bool,
}

impl Reply for ShowNamespaceResponse {}

/// `pgo show namespace`
impl Call for ShowNamespaceRequest {
    type Reply = ShowNamespaceResponse;
    const ROUTE: Route = Route::post("/namespace");
    const NEEDS: Permission = Permission::ShowNamespace;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks for new namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateNamespaceRequest {
    /// Their names.
    pub args: Vec<String>,
    /// Not used.
    pub namespace: String,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `created namespace <name>` for each namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateNamespaceResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateNamespaceResponse {}

/// `pgo create namespace`
impl Call for CreateNamespaceRequest {
    type Reply = CreateNamespaceResponse;
    const ROUTE: Route = Route::post("/namespacecreate");
    const NEEDS: Permission = Permission::CreateNamespace;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to take namespaces into this installation and to renew their rights.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdateNamespaceRequest {
    /// Which namespaces.
    pub args: Vec<String>,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `updated namespace <name>` for each namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdateNamespaceResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for UpdateNamespaceResponse {}

/// `pgo update namespace`
impl Call for UpdateNamespaceRequest {
    type Reply = UpdateNamespaceResponse;
    const ROUTE: Route = Route::post("/namespaceupdate");
    const NEEDS: Permission = Permission::UpdateNamespace;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to remove namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteNamespaceRequest {
    /// Which namespaces.
    pub args: Vec<String>,
    /// Not used.
    pub selector: String,
    /// Not used.
    pub namespace: String,
    /// Not used.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `deleted namespace <name>` for each namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteNamespaceResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteNamespaceResponse {}

/// `pgo delete namespace`
impl Call for DeleteNamespaceRequest {
    type Reply = DeleteNamespaceResponse;
    const ROUTE: Route = Route::post("/namespacedelete");
    const NEEDS: Permission = Permission::DeleteNamespace;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}
