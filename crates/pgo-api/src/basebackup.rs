//! Backups by `pg_basebackup`, which nothing makes any more: only their removal has a command.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, List, Permission, Pgbackup, Reply, Route};

/// Asks which backups there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowBasebackupRequest {
    /// Which backup; `all` means every one.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Namespace of the backups.
    pub namespace: String,
}

/// The backups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowBasebackupResponse {
    /// The objects themselves.
    pub backup_list: List<Pgbackup>,
}

impl Reply for ShowBasebackupResponse {}

/// No command sends it.
impl Call for ShowBasebackupRequest {
    type Reply = ShowBasebackupResponse;
    const ROUTE: Route = Route::get("/backups/{name}", &["version", "namespace"]);
    const NEEDS: Permission = Permission::ShowBackup;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove a backup. A GET that changes something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DeleteBasebackupRequest {
    /// Which backup.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Namespace of the backup.
    pub namespace: String,
}

/// The name of what was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteBasebackupResponse {
    /// One name.
    pub results: Vec<String>,
}

impl Reply for DeleteBasebackupResponse {}

/// `pgo delete backup`
impl Call for DeleteBasebackupRequest {
    type Reply = DeleteBasebackupResponse;
    const ROUTE: Route = Route::get("/backupsdelete/{name}", &["version", "namespace"]);
    const NEEDS: Permission = Permission::DeleteBackup;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for backups. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBasebackupRequest {
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Volume claim of the backup.
    #[serde(rename = "PVCName")]
    pub pvc_name: String,
    /// Storage configuration of the backup.
    pub storage_config: String,
    /// Options of `pg_basebackup`, as on its command line.
    pub backup_opts: String,
}

/// Lines to print: `created backup Job for <name>` and `workflow id <uuid>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBasebackupResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateBasebackupResponse {}

/// No command sends it.
impl Call for CreateBasebackupRequest {
    type Reply = CreateBasebackupResponse;
    const ROUTE: Route = Route::post("/backups");
    const NEEDS: Permission = Permission::CreateBackup;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to replace the data of a cluster by that of a backup. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreBasebackupRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// Which cluster.
    pub from_cluster: String,
    /// Name of the new volume claim.
    #[serde(rename = "ToPVC")]
    pub to_pvc: String,
    /// Volume claim of the backup; empty means the one that the backup names.
    #[serde(rename = "FromPVC")]
    pub from_pvc: String,
    /// Path of the backup in its volume; empty means the latest.
    pub backup_path: String,
    /// `key=value` of the nodes that the primary prefers.
    pub node_label: String,
}

/// Lines to print: what was begun, and `workflow id <uuid>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreBasebackupResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for RestoreBasebackupResponse {}

/// No command sends it.
impl Call for RestoreBasebackupRequest {
    type Reply = RestoreBasebackupResponse;
    const ROUTE: Route = Route::post("/pgbasebackuprestore");
    const NEEDS: Permission = Permission::RestorePgbasebackup;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
