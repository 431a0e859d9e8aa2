//! Clusters as `pgo show cluster` has them, written once for as long as nothing of them changes.
//!
//! To write a thousand of them takes a tenth of a second, and people and dashboards ask again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use pgo_api::Frame;
use pgo_crd::Pgcluster;
use pgo_kube::ClusterRef;
use pgo_kube::cache::Caches;
use pgo_plan::defaults::Defaults;

use super::{App, name_of, show};

/// The clusters that were asked for, never more than there are.
#[derive(Default)]
pub(crate) struct Written(Mutex<HashMap<ClusterRef, Entry>>);

struct Entry {
    made_of: MadeOf,
    json: Bytes,
}

/// Everything that is looked at to write a cluster.
struct MadeOf {
    cluster: Arc<Pgcluster>,
    defaults: Arc<Defaults>,
    /// What else belongs to it, by the stamps of the stores.
    belongings: [u64; 5],
}

impl MadeOf {
    fn of(caches: &Caches, it: &ClusterRef, cluster: &Arc<Pgcluster>, defaults: &Arc<Defaults>) -> Self {
        Self {
            cluster: Arc::clone(cluster),
            defaults: Arc::clone(defaults),
            belongings: [
                caches.deployments.stamp(it),
                caches.pods.stamp(it),
                caches.services.stamp(it),
                caches.endpoint_slices.stamp(it),
                caches.replicas.stamp(it),
            ],
        }
    }

    /// Whether both are made of the very same.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cluster, &other.cluster)
            && Arc::ptr_eq(&self.defaults, &other.defaults)
            && self.belongings == other.belongings
    }
}

impl Written {
    /// A cluster and everything that belongs to it, in JSON.
    pub(super) fn cluster(
        &self,
        app: &App,
        defaults: &Arc<Defaults>,
        cluster: &Arc<Pgcluster>,
    ) -> serde_json::Result<Bytes> {
        let caches = &app.kube.caches;
        let it = ClusterRef {
            namespace: cluster.metadata.namespace.clone().unwrap_or_default(),
            name: name_of(cluster).to_owned(),
        };
        // Taken before anything is looked at: what changes meanwhile makes another stamp.
        let made_of = MadeOf::of(caches, &it, cluster, defaults);
        if let Some(entry) = self.entries().get(&it)
            && entry.made_of.is(&made_of)
        {
            return Ok(entry.json.clone());
        }
        let json = Bytes::from(Frame::element(&show::detail(app, defaults, cluster))?);
        let entry = Entry {
            made_of,
            json: json.clone(),
        };
        let mut entries = self.entries();
        entries.insert(it, entry);
        if entries.len() > caches.clusters.len() {
            entries.retain(|it, _| caches.clusters.get(&it.namespace, &it.name).is_some());
        }
        Ok(json)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<ClusterRef, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
