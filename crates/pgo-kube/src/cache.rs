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

use crate::kind::{Kept, KeptDeployment};
use crate::namespaces;
use crate::scope::Scope;
use crate::store::{ClusterRef, Store};
use crate::watch::{Feeds, Guarded, Labels, MetadataOnly, Names, Plain, Whole};

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
    pub deployments: Store<KeptDeployment>,
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

/// The kinds of which there is much, and more or less of it worth keeping.
struct Bulk {
    deployments: Store<KeptDeployment>,
    config_maps: Store<ConfigMap>,
    secrets: Store<ObjectMeta>,
    jobs: Store<Job>,
}

impl Caches {
    /// Starts to watch every kind in every namespace of the scope, also in those that come later.
    ///
    /// With `wakes` given, each change that matters to a cluster is told there, whoever made it.
    pub fn start(client: &Client, scope: &Scope, wakes: Option<Wakes>) -> Self {
        Self::of(Feeds::new(client.clone(), wakes), scope, |feeds| Bulk {
            deployments: feeds.keep::<Deployment, Plain>(),
            config_maps: feeds.keep::<ConfigMap, Plain>(),
            secrets: feeds.keep::<Secret, MetadataOnly<Whole>>(),
            jobs: feeds.keep::<Job, Plain>(),
        })
    }

    /// The same for somebody who answers questions and makes nothing of Kubernetes' own kinds: of Deployments, Secrets and
    /// `ConfigMaps` only what they are found by is kept, and no Jobs.
    pub fn start_to_answer(client: &Client, scope: &Scope) -> Self {
        Self::of(Feeds::new(client.clone(), None), scope, |feeds| Bulk {
            deployments: feeds.keep::<Deployment, MetadataOnly<Labels>>(),
            config_maps: feeds.keep::<ConfigMap, MetadataOnly<Names>>(),
            secrets: feeds.keep::<Secret, MetadataOnly<Names>>(),
            jobs: Store::default(),
        })
    }

    fn of(mut feeds: Feeds, scope: &Scope, bulk: impl FnOnce(&mut Feeds) -> Bulk) -> Self {
        let client = feeds.client().clone();
        let bulk = bulk(&mut feeds);
        let caches = Self {
            clusters: feeds.keep::<Pgcluster, Guarded>(),
            replicas: feeds.keep::<Pgreplica, Guarded>(),
            tasks: feeds.keep::<Pgtask, Guarded>(),
            policies: feeds.keep::<Pgpolicy, Guarded>(),
            deployments: bulk.deployments,
            pods: feeds.keep::<Pod, Plain>(),
            services: feeds.keep::<Service, Plain>(),
            endpoint_slices: feeds.keep::<EndpointSlice, Plain>(),
            config_maps: bulk.config_maps,
            secrets: bulk.secrets,
            claims: feeds.keep::<PersistentVolumeClaim, Plain>(),
            jobs: bulk.jobs,
            feeds: Arc::new(feeds),
        };
        match scope {
            Scope::Everywhere => caches.feeds.open(None),
            Scope::Only(names) => names.iter().for_each(|name| caches.feeds.open(Some(name))),
            Scope::Labelled(labelled) => namespaces::follow(&client, labelled, &caches.feeds),
        }
        caches
    }

    /// Waits until every store holds a first complete list.
    pub async fn ready(&self) {
        self.feeds.ready().await;
    }

    /// Names the kinds and namespaces of which no complete list has arrived yet.
    pub fn unready(&self) -> Vec<String> {
        self.feeds.unready()
    }

    /// Whether a complete list of every kind has arrived from a namespace.
    pub fn heard_of(&self, namespace: &str) -> bool {
        self.feeds.has_heard_of(namespace)
    }

    /// Whether a namespace is being deleted, with all that is in it.
    pub fn is_ending(&self, namespace: &str) -> bool {
        self.feeds.is_ending(namespace)
    }

    /// Whether there is anything to work with: a namespace that is completely known, or none that could be. One to
    /// which we have no rights must not keep us from serving the others.
    pub fn hears_something(&self) -> bool {
        self.feeds.hears_something()
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

impl std::fmt::Debug for Caches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caches")
            .field("unready", &self.unready())
            .finish_non_exhaustive()
    }
}
