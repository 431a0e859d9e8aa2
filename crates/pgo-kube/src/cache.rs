//! What the server holds, in memory: one store per kind, fed by one watch per kind and namespace.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::core::Selector;
use pgo_crd::{Pgcluster, Pgpolicy, Pgreplica, Pgtask};
use tokio::sync::mpsc::UnboundedSender;

use crate::kind::Kept;
use crate::scope::Scope;
use crate::store::{ClusterRef, Store};
use crate::watch::{Feeds, Guarded, MetadataOnly, Plain};

/// Whoever wants to know that something changed for a cluster.
pub type Wakes = UnboundedSender<ClusterRef>;

/// All stores. Cheap to clone; the watches end with the last clone.
#[derive(Clone)]
#[expect(missing_docs, reason = "the fields say their kind by their name and type")]
pub struct Caches {
    pub clusters: Store<Pgcluster>,
    pub replicas: Store<Pgreplica>,
    pub tasks: Store<Pgtask>,
    pub policies: Store<Pgpolicy>,
    pub deployments: Store<Deployment>,
    pub pods: Store<Pod>,
    pub services: Store<Service>,
    pub endpoint_slices: Store<EndpointSlice>,
    /// All but Patroni's.
    pub config_maps: Store<ConfigMap>,
    /// Their metadata only.
    pub secrets: Store<ObjectMeta>,
    pub claims: Store<PersistentVolumeClaim>,
    pub jobs: Store<Job>,
    feeds: Arc<Feeds>,
}

impl Caches {
    /// Starts to watch every kind in every namespace of the scope.
    ///
    /// With `wakes` given, each change that matters to a cluster is told there, whoever made it.
    pub fn start(client: &Client, scope: &Scope, wakes: Option<Wakes>) -> Self {
        let mut feeds = Feeds::new(client.clone(), scope.watches(), wakes);
        Self {
            clusters: feeds.start::<Pgcluster, Guarded>(),
            replicas: feeds.start::<Pgreplica, Guarded>(),
            tasks: feeds.start::<Pgtask, Guarded>(),
            policies: feeds.start::<Pgpolicy, Guarded>(),
            deployments: feeds.start::<Deployment, Plain>(),
            pods: feeds.start::<Pod, Plain>(),
            services: feeds.start::<Service, Plain>(),
            endpoint_slices: feeds.start::<EndpointSlice, Plain>(),
            config_maps: feeds.start::<ConfigMap, Plain>(),
            secrets: feeds.start::<Secret, MetadataOnly>(),
            claims: feeds.start::<PersistentVolumeClaim, Plain>(),
            jobs: feeds.start::<Job, Plain>(),
            feeds: Arc::new(feeds),
        }
    }

    /// Waits until every store holds a first complete list.
    pub async fn ready(&self) {
        self.feeds.ready().await;
    }

    /// Names the kinds and namespaces of which no complete list has arrived yet.
    pub fn unready(&self) -> Vec<String> {
        self.feeds.unready()
    }

    /// Finds one object of any kept kind.
    pub fn get<K: Kept>(&self, namespace: &str, name: &str) -> Option<Arc<K::Memory>> {
        K::store(self).get(namespace, name)
    }

    /// Lists the objects of any kept kind that a selector matches, by name.
    pub fn list<K: Kept>(&self, namespace: &str, selector: &Selector) -> Vec<Arc<K::Memory>> {
        K::store(self).list(namespace, selector)
    }

    /// Lists the objects of one cluster, by name.
    pub fn of_cluster<K: Kept>(&self, namespace: &str, cluster: &str) -> Vec<Arc<K::Memory>> {
        K::store(self).of_cluster(namespace, cluster)
    }
}
