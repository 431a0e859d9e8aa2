//! What is there of one cluster, from the caches: no request is sent.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use pgo_plan::observed::Observed;

use crate::call::Kube;
use crate::kind::KeptDeployment;
use crate::store::{ClusterRef, Memory, Store};

impl Kube {
    /// Looks at everything that belongs to a cluster, at the time `now`.
    pub fn observe(&self, cluster: &ClusterRef, now: Timestamp) -> Observed {
        let it = &self.caches;
        Observed {
            now,
            replicas: of(&it.replicas, cluster),
            tasks: of(&it.tasks, cluster),
            deployments: deployments(&it.deployments, cluster),
            pods: of(&it.pods, cluster),
            services: of(&it.services, cluster),
            endpoint_slices: of(&it.endpoint_slices, cluster),
            config_maps: of(&it.config_maps, cluster),
            secrets: of(&it.secrets, cluster),
            claims: of(&it.claims, cluster),
            jobs: of(&it.jobs, cluster),
        }
    }
}

fn of<M: Memory>(store: &Store<M>, cluster: &ClusterRef) -> Vec<M> {
    own(store.of_cluster(&cluster.namespace, &cluster.name))
}

fn deployments(store: &Store<KeptDeployment>, cluster: &ClusterRef) -> Vec<Deployment> {
    let found = store.of_cluster(&cluster.namespace, &cluster.name);
    found.iter().map(|it| it.deployment()).collect()
}

fn own<M: Clone>(objects: Vec<Arc<M>>) -> Vec<M> {
    objects.into_iter().map(Arc::unwrap_or_clone).collect()
}
