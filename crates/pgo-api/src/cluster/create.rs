//! `pgo create cluster`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Place, Redacted, Reply, Route};

/// Asks for a new cluster, or a series of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has them")]
pub struct CreateClusterRequest {
    /// Name of the cluster; of a series, what the names begin with.
    pub name: String,
    /// Namespace of the cluster.
    pub namespace: String,
    /// `key=value` of the nodes that the first instance prefers.
    pub node_label: String,
    /// Password of the three users that a cluster is born with; empty means one made for each.
    pub password: Redacted<String>,
    /// A cluster whose passwords are used again; wins over `password`.
    pub secret_from: String,
    /// `key=value,key=value` for everything that belongs to the cluster.
    pub user_labels: String,
    /// SQL policies to apply when the primary is ready, as a comma list.
    pub policies: String,
    /// Image of the database, without prefix and tag.
    #[serde(rename = "CCPImage")]
    pub ccp_image: String,
    /// Tag of the database image.
    #[serde(rename = "CCPImageTag")]
    pub ccp_image_tag: String,
    /// How many clusters; zero creates nothing, and a missing key is zero.
    pub series: i64,
    /// How many replicas the cluster is born with.
    pub replica_count: i64,
    /// `ClusterIP`, `LoadBalancer` or `NodePort`.
    pub service_type: String,
    /// Whether a metrics exporter runs beside the database.
    pub metrics_flag: bool,
    /// Whether pgBadger runs beside the database.
    pub badger_flag: bool,
    /// Whether the cluster fails over by itself.
    pub autofail_flag: bool,
    /// Not used.
    pub archive_flag: bool,
    /// Where backups go: `local`, `s3` or `local,s3`.
    pub backrest_storage_type: String,
    /// Whether pgBouncer runs in front of the cluster.
    pub pgbouncer_flag: bool,
    /// Not used.
    pub pgbouncer_secret: String,
    /// Password of pgBouncer's user; empty means one made for it.
    pub pgbouncer_pass: Redacted<String>,
    /// Name of pgBouncer's user.
    pub pgbouncer_user: String,
    /// A `ConfigMap` with PostgreSQL configuration.
    pub custom_config: String,
    /// Storage configuration of the first instance.
    pub storage_config: String,
    /// Storage configuration of the replicas.
    pub replica_storage_config: String,
    /// Name of the resources that the instances ask for.
    pub container_resources: String,
    /// Version of the client.
    pub client_version: String,
    /// `required`, `preferred` or `disabled`.
    pub pod_anti_affinity: String,
    /// Whether commits wait for a replica; `null` leaves that to the server.
    pub sync_replication: Option<bool>,
    /// S3 access key of the backups.
    pub backrest_s3_key: Redacted<String>,
    /// S3 secret key of the backups.
    pub backrest_s3_key_secret: Redacted<String>,
    /// S3 bucket of the backups.
    pub backrest_s3_bucket: String,
    /// S3 region of the backups.
    pub backrest_s3_region: String,
    /// S3 endpoint of the backups.
    pub backrest_s3_endpoint: String,
    /// Name of the ordinary user; empty means the server's default. Newer than 4.2; left out when it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
}

/// Lines to print: `created Pgcluster <name>` and `workflow id <uuid>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateClusterResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateClusterResponse {
    const PLACE: Place = Place::Nested;
}

/// `pgo create cluster`
impl Call for CreateClusterRequest {
    type Reply = CreateClusterResponse;
    const ROUTE: Route = Route::post("/clusters");
    const NEEDS: Permission = Permission::CreateCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
