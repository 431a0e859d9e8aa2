//! One PostgreSQL cluster: a primary and its replicas.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{with_lower_case, without_defaults};
use crate::status::{Condition, conditions};
use crate::{ContainerResources, StorageSpec};

/// What is wanted of one PostgreSQL cluster. Everything may be left out; an empty value means the operator's default.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "crunchydata.com",
    version = "v1",
    kind = "Pgcluster",
    plural = "pgclusters",
    namespaced,
    doc = "One PostgreSQL cluster: a primary, its replicas and its backup repository.",
    status = "PgclusterStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "postgres",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether the primary, every replica and the backups are as asked"
    ),
    printcolumn(
        name = "Why",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason",
        description = "What is missing, in one word"
    ),
    printcolumn(
        name = "Primary",
        type_ = "string",
        json_path = ".status.primary",
        description = "Deployment of the instance that accepts writes"
    ),
    printcolumn(
        name = "Replicas",
        type_ = "integer",
        json_path = ".status.replicas",
        description = "Replicas that are ready"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "State",
        type_ = "string",
        json_path = ".status.state",
        description = "The state in the words of version 4.2",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        description = "What is missing, in one sentence",
        priority = 1
    )
)]
#[serde(default)]
#[schemars(transform = without_defaults, transform = with_lower_case)]
pub struct PgclusterSpec {
    /// Namespace of the cluster; informative, the object's own namespace counts.
    pub namespace: String,
    /// Name of the cluster; when given it must equal the object's name.
    pub name: String,
    /// Name of the cluster again; when given it must equal the object's name.
    pub clustername: String,
    /// SQL policies that were named at creation, as a comma list.
    pub policies: String,
    /// Image of the database container, without prefix and tag, for example `crunchy-postgres-ha`.
    pub ccpimage: String,
    /// Tag of the database image.
    pub ccpimagetag: String,
    /// PostgreSQL's port, a number from 1 to 65535 written as a string.
    #[schemars(regex(pattern = "^[0-9]{0,5}$"))]
    pub port: String,
    /// Port of pgBadger's pages.
    #[schemars(regex(pattern = "^[0-9]{0,5}$"))]
    pub pgbadgerport: String,
    /// Port of the metrics exporter.
    #[schemars(regex(pattern = "^[0-9]{0,5}$"))]
    pub exporterport: String,
    /// Not used.
    pub nodename: String,
    /// Volume of the first instance.
    #[serde(rename = "PrimaryStorage", alias = "primarystorage")]
    pub primary_storage: StorageSpec,
    /// Not used; WAL lives beside the data.
    #[serde(rename = "ArchiveStorage", alias = "archivestorage")]
    pub archive_storage: StorageSpec,
    /// Volumes of the replicas that the cluster is born with.
    #[serde(rename = "ReplicaStorage", alias = "replicastorage")]
    pub replica_storage: StorageSpec,
    /// Volume of the pgBackRest repository.
    #[serde(rename = "BackrestStorage", alias = "backreststorage")]
    pub backrest_storage: StorageSpec,
    /// What the database containers ask for and may use at most.
    #[serde(rename = "ContainerResources", alias = "containerresources")]
    pub container_resources: ContainerResources,
    /// Host name of the primary: the name of the cluster's Service.
    pub primaryhost: String,
    /// Name of the ordinary database user.
    pub user: String,
    /// Name of the database that belongs to the ordinary user.
    pub database: String,
    /// How many replicas the cluster is born with, a number written as a string; later ones are added by scaling.
    #[schemars(regex(pattern = "^[0-9]{0,2}$"))]
    pub replicas: String,
    /// Not used; always "1".
    pub strategy: String,
    /// Name of a cluster whose passwords were reused.
    pub secretfrom: String,
    /// Secret of the ordinary user; `<cluster>-<user>-secret`.
    pub usersecretname: String,
    /// Secret of the superuser; `<cluster>-postgres-secret`.
    pub rootsecretname: String,
    /// Secret of the replication user; `<cluster>-primaryuser-secret`.
    pub primarysecretname: String,
    /// Secret of the monitoring user; `<cluster>-collect-secret`.
    #[serde(rename = "collectSecretName", alias = "collectsecretname")]
    pub collect_secret_name: String,
    /// Not used any more: progress is in the status. Version 4.2 wrote `completed` here.
    pub status: String,
    /// When the passwords were made, in RFC 3339.
    pub pswlastupdate: String,
    /// A `ConfigMap` with PostgreSQL and Patroni configuration of the user's own.
    pub customconfig: String,
    /// Labels of the user's own for everything that belongs to the cluster, and control values of version 4.2.
    pub userlabels: BTreeMap<String, String>,
    /// Whether instances must (`required`), should (`preferred`) or need not (`disabled`) run on different nodes.
    #[serde(rename = "podPodAntiAffinity", alias = "podpodantiaffinity")]
    #[schemars(extend("enum" = ["", "required", "preferred", "disabled"]))]
    pub pod_pod_anti_affinity: String,
    /// Whether commits wait for a replica; absent means the operator's default.
    #[serde(rename = "syncReplication", alias = "syncreplication")]
    pub sync_replication: Option<bool>,
    /// S3 bucket of the repository.
    #[serde(rename = "backrestS3Bucket", alias = "backrests3bucket")]
    pub backrest_s3_bucket: String,
    /// S3 region of the repository.
    #[serde(rename = "backrestS3Region", alias = "backrests3region")]
    pub backrest_s3_region: String,
    /// S3 endpoint of the repository.
    #[serde(rename = "backrestS3Endpoint", alias = "backrests3endpoint")]
    pub backrest_s3_endpoint: String,
}

/// What the operator saw of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct PgclusterStatus {
    /// The state in the words of version 4.2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The generation of the spec that this status answers.
    pub observed_generation: Option<i64>,
    /// What holds and what does not, each with a reason: `Accepted`, `RepositoryReady`, `PrimaryReady`,
    /// `StanzaCreated`, `BackedUp`, `ContinuousArchiving`, `Ready`.
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// The first backup has succeeded. Never taken back.
    pub initialized: bool,
    /// The replicas of `spec.replicas` have been declared. Never taken back.
    pub replicas_declared: bool,
    /// What the cluster took from its spec, or from the operator's defaults, when it was accepted, and keeps for life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub born_with: Option<Box<BornWith>>,
    /// Deployment of the instance that accepts writes; empty when none was seen.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub primary: String,
    /// How many replicas are ready.
    pub replicas: i32,
}

/// What a cluster keeps for life: its volumes, its database, its Patroni or its clients rely on it, and nothing tells
/// them of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct BornWith {
    /// PostgreSQL's port.
    pub port: i32,
    /// The ordinary user.
    pub user: String,
    /// The database of the ordinary user.
    pub database: String,
    /// Whether commits wait for a replica.
    pub sync_replication: bool,
    /// How many replicas were declared with the cluster; later ones come and go as Pgreplicas.
    pub replicas: i32,
    /// Secret of the ordinary user.
    pub usersecretname: String,
    /// Secret of the superuser.
    pub rootsecretname: String,
    /// Secret of the replication user.
    pub primarysecretname: String,
    /// The claim that the first instance runs from; empty when its storage is ephemeral.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub volume: String,
    /// Volume of the first instance.
    pub primary_storage: StorageSpec,
    /// Volumes of replicas that name none.
    pub replica_storage: StorageSpec,
    /// Volume of the repository.
    pub backrest_storage: StorageSpec,
    /// What applies where the specification says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Box<StandingDefaults>>,
}

/// The installation's defaults of the day a cluster was accepted, for what its specification may say at any time: another
/// default must not restart instances that run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct StandingDefaults {
    /// What database containers ask for and may use at most.
    pub container_resources: ContainerResources,
    /// Nodes that the first instance prefers, as `key=value`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub primary_node_label: String,
    /// Nodes that replicas prefer, as `key=value`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub replica_node_label: String,
    /// Whether instances avoid each other's nodes: `required`, `preferred` or `disabled`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pod_anti_affinity: String,
}
