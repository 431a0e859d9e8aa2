//! Users of pgo: create, update, show, delete. They belong to the installation, not to a namespace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Redacted, Reply, Route};

/// Asks for a new user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreatePgouserRequest {
    /// Name of the user.
    pub pgouser_name: String,
    /// Password of the user.
    pub pgouser_password: Redacted<String>,
    /// Names of roles, as a comma list.
    pub pgouser_roles: String,
    /// The user may use every namespace.
    pub all_namespaces: bool,
    /// The namespaces that the user may use, as a comma list.
    pub pgouser_namespaces: String,
    /// Not used.
    pub namespace: String,
    /// Version of the client.
    pub client_version: String,
}

/// Nothing but the status; a user who exists stays as it is, and that is no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatePgouserResponse {}

impl Reply for CreatePgouserResponse {}

/// `pgo create pgouser`
impl Call for CreatePgouserRequest {
    type Reply = CreatePgouserResponse;
    const ROUTE: Route = Route::post("/pgousercreate");
    const NEEDS: Permission = Permission::CreatePgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to change a user; what is empty stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdatePgouserRequest {
    /// Not used.
    pub name: String,
    /// Names of roles, as a comma list.
    pub pgouser_roles: String,
    /// The namespaces that the user may use, as a comma list.
    pub pgouser_namespaces: String,
    /// The user may use every namespace.
    pub all_namespaces: bool,
    /// A new password.
    pub pgouser_password: Redacted<String>,
    /// Which user.
    pub pgouser_name: String,
    /// Not used.
    pub namespace: String,
    /// Not checked.
    pub client_version: String,
}

/// Nothing but the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePgouserResponse {}

impl Reply for UpdatePgouserResponse {}

/// `pgo update pgouser`
impl Call for UpdatePgouserRequest {
    type Reply = UpdatePgouserResponse;
    const ROUTE: Route = Route::post("/pgouserupdate");
    const NEEDS: Permission = Permission::UpdatePgouser;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks for users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgouserRequest {
    /// Not used.
    pub namespace: String,
    /// Every user.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
    /// Which users.
    pub pgouser_name: Vec<String>,
}

/// The users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgouserResponse {
    /// One for each user.
    pub user_info: Vec<ShowPgouserDetail>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPgouserDetail {
    /// Name of the user, or the remark that there is none of that name.
    pub username: String,
    /// The names of the roles, all in one text as a comma list.
    pub role: Vec<String>,
    /// The namespaces, all in one text as a comma list; an empty text means every one.
    pub namespace: Vec<String>,
}

impl Reply for ShowPgouserResponse {}

/// `pgo show pgouser`
impl Call for ShowPgouserRequest {
    type Reply = ShowPgouserResponse;
    const ROUTE: Route = Route::post("/pgousershow");
    const NEEDS: Permission = Permission::ShowPgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

/// Asks to remove users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgouserRequest {
    /// Which users.
    pub pgouser_name: Vec<String>,
    /// Not used.
    pub namespace: String,
    /// Not used.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
}

/// Lines to print: `deleted pgouser <name>` for each user, or that there is none of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePgouserResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeletePgouserResponse {}

/// `pgo delete pgouser`
impl Call for DeletePgouserRequest {
    type Reply = DeletePgouserResponse;
    const ROUTE: Route = Route::post("/pgouserdelete");
    const NEEDS: Permission = Permission::DeletePgouser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}
