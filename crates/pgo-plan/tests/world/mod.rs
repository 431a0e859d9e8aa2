//! A small simulated Kubernetes with one PostgreSQL cluster in it.
//!
//! Deployments get pods, pods get ready, one of them leads, Jobs finish or fail, what is deleted goes when nobody
//! uses it any more, and what has lost its owner is collected.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod kubernetes;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use pgo_crd::{Pgcluster, Pgreplica, Pgtask};
use pgo_plan::Observed;

/// Objects of one kind by name.
pub(crate) type Objects<T> = BTreeMap<String, T>;

/// Everything that exists, and the truth about the database that no object shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) cluster: Option<Pgcluster>,
    pub(crate) replicas: Objects<Pgreplica>,
    pub(crate) tasks: Objects<Pgtask>,
    pub(crate) deployments: Objects<Deployment>,
    pub(crate) pods: Objects<Pod>,
    pub(crate) services: Objects<Service>,
    pub(crate) slices: Objects<EndpointSlice>,
    pub(crate) config_maps: Objects<ConfigMap>,
    pub(crate) patroni: BTreeSet<String>,
    pub(crate) secrets: Objects<ObjectMeta>,
    pub(crate) claims: Objects<PersistentVolumeClaim>,
    pub(crate) jobs: Objects<Job>,
    pub(crate) seconds: i64,
    pub(crate) uids: u32,
    /// The first backup has really succeeded.
    pub(crate) backed_up: bool,
    /// A database has been made.
    pub(crate) database: bool,
    /// How many of the next Jobs fail.
    pub(crate) failures: u32,
    /// What has happened that should not have.
    pub(crate) wrongs: Vec<String>,
    /// Claims that somebody asked to delete.
    pub(crate) released: BTreeSet<String>,
    /// Deployments that somebody asked to delete.
    pub(crate) unwanted: BTreeSet<String>,
    /// Deployments whose pods do not start: their nodes are lost.
    pub(crate) frozen: BTreeSet<String>,
    /// How much has been acknowledged, as far as each volume knows.
    pub(crate) rows: BTreeMap<String, u64>,
    /// The cluster, by uid, that had the last primary.
    pub(crate) led: Option<String>,
    /// The cluster has been deleted and made again.
    pub(crate) reborn: bool,
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-02T03:00:00Z".parse().unwrap();
        start + SignedDuration::from_secs(self.seconds)
    }

    /// Nothing happens until then.
    pub(crate) fn wait_until(&mut self, time: Timestamp) {
        self.seconds += time.duration_since(self.now()).as_secs().max(0);
    }

    pub(crate) fn uid(&mut self) -> String {
        self.uids += 1;
        format!("uid-{}", self.uids)
    }

    /// What the operator's caches show, if they are fresh.
    pub(crate) fn observe(&self) -> Observed {
        fn all<T: Clone>(objects: &Objects<T>) -> Vec<T> {
            objects.values().cloned().collect()
        }
        Observed {
            now: self.now(),
            replicas: all(&self.replicas),
            tasks: all(&self.tasks),
            deployments: all(&self.deployments),
            pods: all(&self.pods),
            services: all(&self.services),
            endpoint_slices: all(&self.slices),
            config_maps: all(&self.config_maps),
            secrets: all(&self.secrets),
            claims: all(&self.claims),
            jobs: all(&self.jobs),
        }
    }

    /// Gives an object what the API server gives it.
    pub(crate) fn born(&mut self, metadata: &ObjectMeta) -> ObjectMeta {
        ObjectMeta {
            uid: Some(self.uid()),
            generation: Some(1),
            creation_timestamp: Some(Time(self.now())),
            ..metadata.clone()
        }
    }

    /// Names of everything, for a comparison of two ends.
    pub(crate) fn inventory(&self) -> Vec<String> {
        fn names<T>(kind: &str, objects: &Objects<T>) -> Vec<String> {
            objects.keys().map(|name| format!("{kind}/{name}")).collect()
        }
        [
            self.cluster.iter().map(|_| "Pgcluster".to_owned()).collect(),
            names("Pgreplica", &self.replicas),
            names("Pgtask", &self.tasks),
            names("Deployment", &self.deployments),
            names("Pod", &self.pods),
            names("Service", &self.services),
            names("EndpointSlice", &self.slices),
            names("ConfigMap", &self.config_maps),
            self.patroni
                .iter()
                .map(|name| format!("Patroni/{name}"))
                .collect(),
            names("Secret", &self.secrets),
            names("PersistentVolumeClaim", &self.claims),
        ]
        .concat()
    }

    /// The instance that leads in truth.
    pub(crate) fn leader(&self) -> Option<&str> {
        let leads = |pod: &&Pod| kubernetes::role(pod) == Some("master");
        self.pods.values().find(leads).and_then(kubernetes::deployment_of)
    }
}
