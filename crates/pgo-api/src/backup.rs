//! Backups by pgBackRest: create, show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for backups. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBackupRequest {
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Options of `pgbackrest backup`, as on its command line.
    pub backup_opts: String,
    /// `local`, `s3` or both as a comma list; empty means the one of the cluster.
    pub backrest_storage_type: String,
}

/// Lines to print: `created Pgtask backrest-backup-<name>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBackupResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateBackupResponse {}

/// `pgo backup`
impl Call for CreateBackupRequest {
    type Reply = CreateBackupResponse;
    const ROUTE: Route = Route::post("/backrestbackup");
    const NEEDS: Permission = Permission::CreateBackup;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks which backups there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowBackupRequest {
    /// Which cluster; [`crate::ALL_CLUSTERS`] means every one.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
}

/// The backups of clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowBackupResponse {
    /// One for each cluster.
    pub items: Vec<ShowBackupItem>,
}

/// The backups of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowBackupItem {
    /// The cluster.
    pub name: String,
    /// What `pgbackrest info` says, under a heading for each storage.
    pub info: String,
}

impl Reply for ShowBackupResponse {}

/// `pgo show backup`
impl Call for ShowBackupRequest {
    type Reply = ShowBackupResponse;
    const ROUTE: Route = Route::get("/backrest/{name}", &["version", "selector", "namespace"]);
    const NEEDS: Permission = Permission::ShowBackup;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
