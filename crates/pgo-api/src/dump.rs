//! Logical backups by `pg_dump`: create, show, restore.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, List, Permission, Pgbackup, Reply, Route};

/// Asks for logical backups. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateDumpRequest {
    /// Namespace of the clusters.
    pub namespace: String,
    /// Which clusters.
    pub args: Vec<String>,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Volume claim of the backup; empty means a new one.
    #[serde(rename = "PVCName")]
    pub pvc_name: String,
    /// Storage configuration of the backup.
    pub storage_config: String,
    /// Options of `pg_dump`, as on its command line, or of `pg_dumpall` when `--dump-all` is among them.
    pub backup_opts: String,
}

/// Lines to print: `created Pgtask backup-<name>-pgdump` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateDumpResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateDumpResponse {}

/// `pgo backup --backup-type=pgdump`
impl Call for CreateDumpRequest {
    type Reply = CreateDumpResponse;
    const ROUTE: Route = Route::post("/pgdumpbackup");
    const NEEDS: Permission = Permission::CreateDump;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks which logical backups there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowDumpRequest {
    /// Which cluster; [`crate::ALL_CLUSTERS`] means every one.
    pub name: String,
    /// Version of the client.
    pub version: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Namespace of the clusters.
    pub namespace: String,
}

/// The backups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowDumpResponse {
    /// One for each cluster that has one.
    pub backup_list: List<Pgbackup>,
}

impl Reply for ShowDumpResponse {}

/// `pgo show backup --backup-type=pgdump`
impl Call for ShowDumpRequest {
    type Reply = ShowDumpResponse;
    const ROUTE: Route = Route::get("/pgdump/{name}", &["version", "selector", "namespace"]);
    const NEEDS: Permission = Permission::ShowBackup;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to load a logical backup into a cluster. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreDumpRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// Which cluster.
    pub from_cluster: String,
    /// Volume claim of the backup.
    #[serde(rename = "FromPVC")]
    pub from_pvc: String,
    /// Options of `pg_restore`, as on its command line.
    pub restore_opts: String,
    /// Which of the backups in the volume.
    #[serde(rename = "PITRTarget")]
    pub pitr_target: String,
    /// `key=value` of the nodes that the Job prefers.
    pub node_label: String,
}

/// One line to print: `restore performed on …`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreDumpResponse {
    /// The line.
    pub results: Vec<String>,
}

impl Reply for RestoreDumpResponse {}

/// `pgo restore --backup-type=pgdump`
impl Call for RestoreDumpRequest {
    type Reply = RestoreDumpResponse;
    const ROUTE: Route = Route::post("/pgdumprestore");
    const NEEDS: Permission = Permission::RestoreDump;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
