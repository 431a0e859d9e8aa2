//! What was seen of one cluster, and questions about it.
//!
//! Built from the watch caches, so it may be stale: every answer is a hint until a precondition confirms it.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgpolicy, Pgreplica, Pgtask};
use serde::{Deserialize, Serialize};

/// Everything that carries the label `pg-cluster=<cluster>` in the cluster's namespace, and the time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Observed {
    /// The time of this pass: the plan's only clock.
    pub now: Timestamp,
    /// Replicas that name the cluster.
    pub replicas: Vec<Pgreplica>,
    /// Tasks of the cluster.
    pub tasks: Vec<Pgtask>,
    /// Policies of the namespace.
    pub policies: Vec<Pgpolicy>,
    /// Deployments of the cluster.
    pub deployments: Vec<Deployment>,
    /// Pods of the cluster.
    pub pods: Vec<Pod>,
    /// Services of the cluster.
    pub services: Vec<Service>,
    /// Endpoint slices of the cluster that pgo created.
    pub endpoint_slices: Vec<EndpointSlice>,
    /// ConfigMaps of the cluster except Patroni's.
    pub config_maps: Vec<ConfigMap>,
    /// Secrets of the cluster: their metadata only.
    pub secrets: Vec<ObjectMeta>,
    /// Volumes of the cluster.
    pub claims: Vec<PersistentVolumeClaim>,
    /// Jobs of the cluster.
    pub jobs: Vec<Job>,
}

impl Default for Observed {
    fn default() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            replicas: Vec::new(),
            tasks: Vec::new(),
            policies: Vec::new(),
            deployments: Vec::new(),
            pods: Vec::new(),
            services: Vec::new(),
            endpoint_slices: Vec::new(),
            config_maps: Vec::new(),
            secrets: Vec::new(),
            claims: Vec::new(),
            jobs: Vec::new(),
        }
    }
}
