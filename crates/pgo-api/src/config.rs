//! `pgo show config`. The keys of the answer are those of `pgo.yaml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Redacted, Reply, Route};

/// Asks for the configuration in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowConfigRequest {
    /// Version of the client.
    pub version: String,
    /// Namespace in which the caller asks.
    pub namespace: String,
}

/// The configuration in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowConfigResponse {
    /// An object, under a key in the singular.
    pub result: ShowConfigDetail,
    /// What the writer of the configuration should know: mistakes that keep a change from being taken up, keys that
    /// mean nothing. Version 4.2 had no such key; it is left out where there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The configuration: `pgo.yaml`, completed by defaults and environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowConfigDetail {
    /// Whether passwords are asked for.
    pub basic_auth: String,
    /// What new clusters are like.
    pub cluster: ShowConfigCluster,
    /// What concerns pgo itself.
    pub pgo: ShowConfigPgo,
    /// Resources by the name that requests use.
    pub container_resources: BTreeMap<String, ShowConfigResources>,
    /// Storage of first instances, by its name in `storage`.
    pub primary_storage: String,
    /// Storage of logical backups, by its name.
    pub backup_storage: String,
    /// Storage of replicas, by its name.
    pub replica_storage: String,
    /// Storage of repositories, by its name.
    pub backrest_storage: String,
    /// Storages by the name that requests use.
    pub storage: BTreeMap<String, ShowConfigStorage>,
    /// Resources of instances, by their name.
    pub default_container_resources: String,
    /// Resources of Jobs that load data, by their name.
    pub default_load_resources: String,
    /// Resources of Jobs that remove data, by their name.
    pub default_rmdata_resources: String,
    /// Resources of Jobs that back up, by their name.
    pub default_backup_resources: String,
    /// Resources of pgBadger, by their name.
    pub default_badger_resources: String,
    /// Resources of pgBouncer, by their name.
    pub default_pgbouncer_resources: String,
}

/// What new clusters are like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has them")]
pub struct ShowConfigCluster {
    /// Where the images of the database come from.
    #[serde(rename = "CCPImagePrefix")]
    pub ccp_image_prefix: String,
    /// Tag of the database image.
    #[serde(rename = "CCPImageTag")]
    pub ccp_image_tag: String,
    /// `key=value` of the nodes that first instances prefer.
    pub primary_node_label: String,
    /// `key=value` of the nodes that replicas prefer.
    pub replica_node_label: String,
    /// Policies of every new cluster, as a comma list.
    pub policies: String,
    /// Which statements are logged: `ddl`, `none`, `mod` or `all`.
    pub log_statement: String,
    /// Statements that take as many milliseconds are logged.
    pub log_min_duration_statement: String,
    /// Whether a metrics exporter runs beside the database.
    pub metrics: bool,
    /// Whether pgBadger runs beside the database.
    pub badger: bool,
    /// PostgreSQL's port.
    pub port: String,
    /// Port of pgBadger's pages.
    #[serde(rename = "PGBadgerPort")]
    pub pg_badger_port: String,
    /// Port of the metrics exporter.
    pub exporter_port: String,
    /// Name of the ordinary database user.
    pub user: String,
    /// Seconds after which WAL is archived at the latest.
    pub archive_timeout: String,
    /// Name of the database of the ordinary user.
    pub database: String,
    /// For how many days passwords are valid.
    pub password_age_days: String,
    /// How long generated passwords are.
    pub password_length: String,
    /// Not used; always `1`.
    pub strategy: String,
    /// How many replicas a cluster is born with.
    pub replicas: String,
    /// `ClusterIP`, `LoadBalancer` or `NodePort`.
    pub service_type: String,
    /// Port of the repository.
    pub backrest_port: i64,
    /// Whether there are backups.
    pub backrest: bool,
    /// S3 bucket of the backups.
    pub backrest_s3_bucket: String,
    /// S3 endpoint of the backups.
    pub backrest_s3_endpoint: String,
    /// S3 region of the backups.
    pub backrest_s3_region: String,
    /// Clusters do not fail over by themselves.
    pub disable_autofail: bool,
    /// Whether a lost replica is replaced after a failover.
    pub autofail_replace_replica: bool,
    /// Password of the monitoring user.
    pub pgmonitor_password: Redacted<String>,
    /// Whether there is a user for administration in the container.
    pub enable_crunchyadm: bool,
    /// A replica that does not start is not made anew.
    pub disable_replica_start_fail_reinit: bool,
    /// `required`, `preferred` or `disabled`.
    pub pod_anti_affinity: String,
    /// Whether commits wait for a replica.
    pub sync_replication: bool,
}

/// What concerns pgo itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowConfigPgo {
    /// `key=value` of the nodes that are preferred in a failover.
    pub preferred_failover_node: String,
    /// Seconds to wait before a failover.
    pub autofail_sleep_seconds: String,
    /// The same as a number.
    pub autofail_sleep_seconds_value: i64,
    /// Whether every request is logged with its caller.
    pub audit: bool,
    /// Where the images of pgo come from.
    #[serde(rename = "PGOImagePrefix")]
    pub pgo_image_prefix: String,
    /// Tag of the images of pgo.
    #[serde(rename = "PGOImageTag")]
    pub pgo_image_tag: String,
}

/// Resources of a container, as Kubernetes quantities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowConfigResources {
    /// Memory that it asks for.
    pub requests_memory: String,
    /// Processors that it asks for.
    #[serde(rename = "RequestsCPU")]
    pub requests_cpu: String,
    /// Memory that it gets at most.
    pub limits_memory: String,
    /// Processors that it gets at most.
    #[serde(rename = "LimitsCPU")]
    pub limits_cpu: String,
}

/// Which volume something gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowConfigStorage {
    /// `ReadWriteOnce`, `ReadWriteMany` or `ReadOnlyMany`.
    pub access_mode: String,
    /// Size, as a Kubernetes quantity.
    pub size: String,
    /// `dynamic`, `create`, `existing` or `emptydir`.
    pub storage_type: String,
    /// `StorageClass` of the claim.
    pub storage_class: String,
    /// Group that owns the files.
    pub fsgroup: String,
    /// Further groups, as a comma list.
    pub supplemental_groups: String,
    /// `key=value` of the volumes that may be bound.
    pub match_labels: String,
}

impl Reply for ShowConfigResponse {}

/// `pgo show config`
impl Call for ShowConfigRequest {
    type Reply = ShowConfigResponse;
    const ROUTE: Route = Route::get("/config", &["version", "namespace"]).in_any_method();
    const NEEDS: Permission = Permission::ShowConfig;

    fn client_version(&self) -> Option<&str> {
        Some(&self.version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
