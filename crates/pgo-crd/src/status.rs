//! What all status types share.

use serde_json::json;

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// The words that `status.state` has used since version 4.2. Scripts compare them.
pub mod state {
    /// The request exists; the operator has not looked at it.
    pub const CLUSTER_CREATED: &str = "pgcluster Created";
    /// The operator has taken the cluster on.
    pub const CLUSTER_PROCESSED: &str = "pgcluster Processed";
    /// The first backup exists: replicas may be made.
    pub const CLUSTER_INITIALIZED: &str = "pgcluster Initialized";
    /// The request exists; the operator has not looked at it.
    pub const REPLICA_CREATED: &str = "pgreplica Created";
    /// The replica waits for the first backup of its cluster.
    pub const REPLICA_PENDING_INIT: &str = "pgreplica Pending init";
    /// The replica's Deployment is wanted.
    pub const REPLICA_PROCESSED: &str = "pgreplica Processed";
    /// The request exists; the operator has not looked at it.
    pub const TASK_CREATED: &str = "pgtask Created";
    /// The operator has taken the task on.
    pub const TASK_PROCESSED: &str = "pgtask Processed";
    /// The policy exists; the operator has not looked at it, or it makes no sense.
    pub const POLICY_CREATED: &str = "pgpolicy Created";
    /// The operator has found that the policy makes sense.
    pub const POLICY_PROCESSED: &str = "pgpolicy Processed";
}

/// Conditions are a map by type: two writers of different conditions do not overwrite each other.
pub(crate) fn conditions(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = generator.subschema_for::<Vec<Condition>>();
    schema.insert("x-kubernetes-list-type".into(), json!("map"));
    schema.insert("x-kubernetes-list-map-keys".into(), json!(["type"]));
    schema
}
