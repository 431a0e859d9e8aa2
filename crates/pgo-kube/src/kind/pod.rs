//! A pod in memory: whose it is, where it runs, on which claims, and how it is.
//!
//! The typed structs take ten kilobytes, nearly all of it for what a pod could say and ours do not. The text takes one,
//! and is read when somebody asks.

use k8s_openapi::api::core::v1::{Pod, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kept, OURS, drop_annotation, labelled, slim_meta, slim_pod_spec};
use crate::cache::Caches;
use crate::store::{Memory, Store};

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptPod {
    /// Name, labels and the like.
    pub metadata: ObjectMeta,
    /// [`Rest`] in JSON.
    rest: Box<str>,
}

#[derive(Default, Serialize, Deserialize)]
struct Rest {
    spec: Option<PodSpec>,
    status: Option<PodStatus>,
}

impl KeptPod {
    /// The pod, as far as it is kept.
    pub fn pod(&self) -> Pod {
        // What we wrote ourselves can be read.
        let Rest { spec, status } = serde_json::from_str(&self.rest).unwrap_or_default();
        Pod {
            metadata: self.metadata.clone(),
            spec,
            status,
        }
    }
}

impl Memory for KeptPod {
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn cluster(&self) -> Option<&str> {
        labelled(&self.metadata)
    }

    fn json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self.pod())
    }
}

impl Kept for Pod {
    type Memory = KeptPod;
    const SELECTOR: Option<&'static str> = OURS;

    fn into_memory(self) -> KeptPod {
        let Self {
            mut metadata,
            mut spec,
            mut status,
        } = self;
        slim_meta(&mut metadata);
        // Patroni writes its state there every few seconds.
        drop_annotation(&mut metadata, "status");
        if let Some(spec) = &mut spec {
            slim_pod_spec(spec);
        }
        if let Some(status) = &mut status {
            slim_status(status);
        }
        // What was read from JSON can be written as JSON.
        let rest = serde_json::to_string(&Rest { spec, status }).unwrap_or_default();
        KeptPod {
            metadata,
            rest: rest.into_boxed_str(),
        }
    }

    fn store(caches: &Caches) -> &Store<KeptPod> {
        &caches.pods
    }
}

fn slim_status(status: &mut PodStatus) {
    status.host_ips = None;
    status.pod_ips = None;
    status.qos_class = None;
    for condition in status.conditions.iter_mut().flatten() {
        condition.last_probe_time = None;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_in_memory_says_where_it_runs_and_how_it_is() {
        let stored = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "hippo-1", "namespace": "ns"},
            "spec": {
                "nodeName": "node1",
                "containers": [{"name": "database", "image": "img:tag"}],
                "volumes": [{"name": "pgdata", "persistentVolumeClaim": {"claimName": "hippo"}}],
            },
            "status": {"phase": "Running", "podIP": "10.0.0.1"},
        });
        let pod: Pod = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(pod.into_memory().json().unwrap(), stored);
    }
}
