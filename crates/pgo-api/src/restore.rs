//! `pgo restore`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to replace the data of a cluster by that of a backup. This request has no version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreRequest {
    /// Namespace of the cluster.
    pub namespace: String,
    /// Which cluster.
    pub from_cluster: String,
    /// Name of the new volume claim, made up by the client: `<cluster>-` and four letters.
    #[serde(rename = "ToPVC")]
    pub to_pvc: String,
    /// Options of `pgbackrest restore`, as on its command line.
    pub restore_opts: String,
    /// The moment to restore, as PostgreSQL writes it; empty means the end of the WAL.
    #[serde(rename = "PITRTarget")]
    pub pitr_target: String,
    /// `key=value` of the nodes that the primary prefers.
    pub node_label: String,
    /// `local` or `s3`; empty means the one of the cluster.
    pub backrest_storage_type: String,
}

/// Lines to print: `restore performed on …` and `workflow id <uuid>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestoreResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for RestoreResponse {}

/// `pgo restore`
impl Call for RestoreRequest {
    type Reply = RestoreResponse;
    const ROUTE: Route = Route::post("/restore");
    const NEEDS: Permission = Permission::Restore;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
