//! Users of PostgreSQL: create, update, show, delete.

use pgo_crd::Pgcluster;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Redacted, Reply, Route};

/// Asks for a new user in clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateUserRequest {
    /// Which clusters.
    pub clusters: Vec<String>,
    /// Name of the user.
    pub username: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Every cluster.
    pub all_flag: bool,
    /// Password of the user; empty means one made for it.
    pub password: Redacted<String>,
    /// Whether a Secret holds the password.
    pub managed_user: bool,
    /// For how many days the password is valid; -1 means for ever.
    pub password_age_days: i64,
    /// Version of the client.
    pub client_version: String,
    /// How long a generated password is; 0 means the server's default.
    pub password_length: i64,
}

/// Lines to print: `adding new user <user> to <cluster>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateUserResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateUserResponse {}

/// `pgo create user`
impl Call for CreateUserRequest {
    type Reply = CreateUserResponse;
    const ROUTE: Route = Route::post("/usercreate");
    const NEEDS: Permission = Permission::CreateUser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to change a user of clusters, or every user whose password expires.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has them")]
pub struct UpdateUserRequest {
    /// Which clusters.
    pub clusters: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Every cluster.
    pub all_flag: bool,
    /// Whether the password expires at once.
    pub expire_user: bool,
    /// Namespace of the clusters.
    pub namespace: String,
    /// For how many days the password is valid; -1 means for ever.
    pub password_age_days: i64,
    /// Whether `password_age_days` was given.
    pub password_age_days_update: bool,
    /// Which user; either this or `expired`.
    pub username: String,
    /// A new password.
    pub password: Redacted<String>,
    /// Not used.
    pub delete_user: String,
    /// Not used.
    pub valid_days: String,
    /// Not used.
    #[serde(rename = "UserDBAccess")]
    pub user_db_access: String,
    /// Not used.
    pub add_user: String,
    /// Every user whose password expires within so many days gets a new one.
    pub expired: String,
    /// Not used.
    pub managed_user: bool,
    /// Version of the client.
    pub client_version: String,
    /// How long a generated password is; 0 means the server's default.
    pub password_length: i64,
}

/// Lines to print: `changing password of user <user> on <deployment>` and the like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct UpdateUserResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for UpdateUserResponse {}

/// `pgo update user`
impl Call for UpdateUserRequest {
    type Reply = UpdateUserResponse;
    const ROUTE: Route = Route::post("/userupdate");
    const NEEDS: Permission = Permission::UpdateUser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for the users of clusters and their passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowUserRequest {
    /// Which clusters.
    pub clusters: Vec<String>,
    /// Every cluster; wins over `selector`.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
    /// Which clusters, by label.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Also says whose password expires within so many days, at least 1.
    pub expired: String,
}

/// The users of clusters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowUserResponse {
    /// One for each cluster.
    pub results: Vec<ShowUserDetail>,
}

/// The users of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowUserDetail {
    /// The object itself, here under a key with a capital.
    pub cluster: Pgcluster,
    /// One for each user who has a Secret.
    pub secrets: Vec<ShowUserSecret>,
    /// Whether it was asked whose password expires.
    pub expired_output: bool,
    /// Within how many days.
    pub expired_days: i64,
    /// `RoleName <user> Role Valid Until <time>` for each user.
    pub expired_msgs: Vec<String>,
}

/// A user and its password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowUserSecret {
    /// Name of the Secret.
    pub name: String,
    /// Name of the user.
    pub username: String,
    /// The password in clear.
    pub password: Redacted<String>,
}

impl Reply for ShowUserResponse {}

/// `pgo show user`
impl Call for ShowUserRequest {
    type Reply = ShowUserResponse;
    const ROUTE: Route = Route::post("/usershow");
    const NEEDS: Permission = Permission::ShowSecrets;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove a user of clusters with everything that it owns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteUserRequest {
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Which clusters.
    pub clusters: Vec<String>,
    /// Every cluster.
    pub all_flag: bool,
    /// Which user.
    pub username: String,
    /// Version of the client.
    pub client_version: String,
    /// Namespace of the clusters.
    pub namespace: String,
}

/// Lines to print: `<user> on <cluster> removed managed=true|false` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteUserResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteUserResponse {}

/// `pgo delete user`
impl Call for DeleteUserRequest {
    type Reply = DeleteUserResponse;
    const ROUTE: Route = Route::post("/userdelete");
    const NEEDS: Permission = Permission::DeleteUser;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
