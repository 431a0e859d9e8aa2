//! Roles of users of pgo: create, update, show, delete. They need the permissions of the routes for users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for a new role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreatePgoroleRequest {
    /// Name of the role.
    pub pgorole_name: String,
    /// Names of permissions, as a comma list.
    pub pgorole_permissions: String,
    /// Not used.
    pub namespace: String,
    /// Version of the client.
    pub client_version: String,
}

/// Nothing but the status; a role that exists stays as it is, and that is no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatePgoroleResponse {}

impl Reply for CreatePgoroleResponse {}

/// `pgo create pgorole`
impl Call for CreatePgoroleRequest {
    type Reply = CreatePgoroleResponse;
    const ROUTE: Route = Route::post("/pgorolecreate");
    const NEEDS: Permission = Permission::CreatePgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to give a role other permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdatePgoroleRequest {
    /// Not used.
    pub name: String,
    /// Names of permissions, as a comma list.
    pub pgorole_permissions: String,
    /// Which role.
    pub pgorole_name: String,
    /// Not used.
    pub change_permissions: bool,
    /// Not used.
    pub namespace: String,
    /// Not checked.
    pub client_version: String,
}

/// Nothing but the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePgoroleResponse {}

impl Reply for UpdatePgoroleResponse {}

/// `pgo update pgorole`
impl Call for UpdatePgoroleRequest {
    type Reply = UpdatePgoroleResponse;
    const ROUTE: Route = Route::post("/pgoroleupdate");
    const NEEDS: Permission = Permission::UpdatePgouser;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks for roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgoroleRequest {
    /// Not used.
    pub namespace: String,
    /// Every role.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
    /// Which roles.
    pub pgorole_name: Vec<String>,
}

/// The roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgoroleResponse {
    /// One for each role.
    pub role_info: Vec<ShowPgoroleDetail>,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgoroleDetail {
    /// Name of the role, or the remark that there is none of that name.
    pub name: String,
    /// Its permissions, as a comma list; `*` means every one.
    pub permissions: String,
}

impl Reply for ShowPgoroleResponse {}

/// `pgo show pgorole`
impl Call for ShowPgoroleRequest {
    type Reply = ShowPgoroleResponse;
    const ROUTE: Route = Route::post("/pgoroleshow");
    const NEEDS: Permission = Permission::ShowPgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to remove roles, also from the users who have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgoroleRequest {
    /// Which roles.
    pub pgorole_name: Vec<String>,
    /// Not used.
    pub namespace: String,
    /// Not used.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `deleted role <name>` for each role, or that there is none of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgoroleResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeletePgoroleResponse {}

/// `pgo delete pgorole`
impl Call for DeletePgoroleRequest {
    type Reply = DeletePgoroleResponse;
    const ROUTE: Route = Route::post("/pgoroledelete");
    const NEEDS: Permission = Permission::DeletePgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}
