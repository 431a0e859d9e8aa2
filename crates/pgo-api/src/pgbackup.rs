//! The object in which version 4.2 described a backup. It has no definition in Kubernetes any more: it is shown only.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::StorageSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pgbackup {
    /// Always empty, except for when it was made.
    pub metadata: ObjectMeta,
    /// The backup.
    pub spec: PgbackupSpec,
    /// Its state.
    pub status: PgbackupStatus,
}

/// What there is to say of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PgbackupSpec {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its volume.
    pub storagespec: StorageSpec,
    /// Tag of the image that made it.
    pub ccpimagetag: String,
    /// The cluster.
    pub backuphost: String,
    /// Secret of the user that made it.
    pub backupusersecret: String,
    /// Port of the cluster.
    pub backupport: String,
    /// How far it has come.
    pub backupstatus: String,
    /// Its volume claim.
    pub backuppvc: String,
    /// The options that it was made with.
    pub backupopts: String,
    /// Directories in the volume, by the time of the backup.
    pub toc: BTreeMap<String, String>,
}

/// The state of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PgbackupStatus {
    /// The state, in one word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}
