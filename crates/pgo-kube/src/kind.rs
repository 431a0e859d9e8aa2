//! The kinds that are kept in memory: which objects of each, what is dropped, whose they are.
//!
//! There will be a thousand clusters: what is read rarely is kept as text, and what is read never is not kept.

mod deployment;

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, PersistentVolumeClaim, Pod, PodSpec, PodStatus, Secret, Service, Volume,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use pgo_crd::{Pgcluster, Pgpolicy, Pgreplica, Pgtask};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cache::Caches;
use crate::label;
use crate::store::{Memory, Store};
pub use deployment::KeptDeployment;

/// A kind that is watched and kept in memory.
pub trait Kept:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// What is kept of one object.
    type Memory: Memory;
    /// Which objects are watched.
    const SELECTOR: Option<&'static str>;

    /// Drops what nobody reads.
    fn into_memory(self) -> Self::Memory;
    /// The store of this kind.
    fn store(caches: &Caches) -> &Store<Self::Memory>;
}

/// A kind of which the metadata alone is worth keeping.
pub(crate) trait Described: Kept {
    /// What is kept when nothing else was asked for.
    fn described(metadata: ObjectMeta) -> Self::Memory;
}

const OURS: Option<&str> = Some("vendor=crunchydata");
/// Patroni rewrites its `ConfigMaps` every few seconds; they never reach us.
const OURS_WITHOUT_PATRONI: Option<&str> = Some("vendor=crunchydata,!crunchy-pgha-scope");
/// Kubernetes' own controller copies our labels to the slices that it manages; those do not concern us.
const OURS_BY_HAND: Option<&str> =
    Some("vendor=crunchydata,endpointslice.kubernetes.io/managed-by=pgo-agent");

macro_rules! kept {
    // Looked at now and then: text until then.
    (@text) => {
        fn to_text(&self) -> Option<String> {
            serde_json::to_string(self).ok()
        }
        fn of_text(text: &str) -> Option<Self> {
            serde_json::from_str(text).ok()
        }
    };
    // Somebody asks for something, and shall be told also if no cluster is named.
    (@request) => {
        fn looked_at_under(&self) -> Option<&str> {
            let cluster = self.cluster().filter(|name| !name.is_empty());
            cluster.or(self.metadata.name.as_deref())
        }
    };
    ($kind:ty, $field:ident, $selector:expr, $slim:expr, $cluster:expr $(, $more:ident)*) => {
        impl Memory for $kind {
            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }
            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
            fn cluster(&self) -> Option<&str> {
                let cluster: fn(&Self) -> Option<&str> = $cluster;
                cluster(self)
            }
            $(kept!(@$more);)*
            fn json(&self) -> serde_json::Result<Value> {
                serde_json::to_value(self)
            }
        }

        impl Kept for $kind {
            type Memory = Self;
            const SELECTOR: Option<&'static str> = $selector;

            fn into_memory(mut self) -> Self {
                slim_meta(&mut self.metadata);
                let slim: fn(&mut Self) = $slim;
                slim(&mut self);
                self
            }
            fn store(caches: &Caches) -> &Store<Self> {
                &caches.$field
            }
        }
    };
}

kept!(Pgcluster, clusters, None, |_| (), |it| it
    .metadata
    .name
    .as_deref());
kept!(
    Pgreplica,
    replicas,
    None,
    |_| (),
    |it| Some(it.spec.clustername.as_str())
        .filter(|name| !name.is_empty())
        .or_else(|| labelled(&it.metadata)),
    request
);
kept!(
    Pgtask,
    tasks,
    None,
    |_| (),
    |it| labelled(&it.metadata).or_else(|| it.spec.parameters.get(label::CLUSTER).map(String::as_str)),
    request,
    text
);
// It is no cluster's, so it is looked at under its own name.
kept!(Pgpolicy, policies, None, |_| (), |it| it.metadata.name.as_deref());
kept!(Pod, pods, OURS, slim_pod, |it| labelled(&it.metadata), text);
kept!(Service, services, OURS, |_| (), |it| labelled(&it.metadata), text);
kept!(
    EndpointSlice,
    endpoint_slices,
    OURS_BY_HAND,
    |_| (),
    |it| labelled(&it.metadata),
    text
);
kept!(
    ConfigMap,
    config_maps,
    OURS_WITHOUT_PATRONI,
    |_| (),
    |it| labelled(&it.metadata),
    text
);
kept!(
    PersistentVolumeClaim,
    claims,
    OURS,
    |_| (),
    |it| labelled(&it.metadata),
    text
);
kept!(Job, jobs, OURS, slim_job, |it| labelled(&it.metadata), text);

impl Memory for ObjectMeta {
    fn meta(&self) -> &ObjectMeta {
        self
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self
    }
    fn cluster(&self) -> Option<&str> {
        labelled(self)
    }
    fn json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }
    kept!(@text);
}

/// Of Secrets only the metadata is kept, and only the metadata is ever asked for.
impl Kept for Secret {
    type Memory = ObjectMeta;
    const SELECTOR: Option<&'static str> = OURS;

    fn into_memory(self) -> ObjectMeta {
        meta_memory(self.metadata)
    }
    fn store(caches: &Caches) -> &Store<ObjectMeta> {
        &caches.secrets
    }
}

impl Described for Secret {
    fn described(metadata: ObjectMeta) -> ObjectMeta {
        metadata
    }
}

impl Described for ConfigMap {
    fn described(metadata: ObjectMeta) -> Self {
        Self {
            metadata,
            ..Self::default()
        }
    }
}

/// What is kept of an object of which only the metadata was asked for.
pub(crate) fn meta_memory(mut meta: ObjectMeta) -> ObjectMeta {
    slim_meta(&mut meta);
    meta
}

/// What is kept of one that is only found by its name, or with others of its cluster.
pub(crate) fn name_memory(meta: ObjectMeta) -> ObjectMeta {
    let mut kept = label_memory(meta);
    if let Some(labels) = &mut kept.labels {
        labels.retain(|key, _| key == label::CLUSTER);
    }
    kept
}

/// What is kept of one that is only found by its name and its labels.
pub(crate) fn label_memory(meta: ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        name: meta.name,
        namespace: meta.namespace,
        uid: meta.uid,
        resource_version: meta.resource_version,
        labels: meta.labels,
        ..ObjectMeta::default()
    }
}

fn labelled(meta: &ObjectMeta) -> Option<&str> {
    meta.labels.as_ref()?.get(label::CLUSTER).map(String::as_str)
}

fn slim_meta(meta: &mut ObjectMeta) {
    meta.managed_fields = None;
    meta.self_link = None;
    meta.generate_name = None;
    drop_annotation(meta, "kubectl.kubernetes.io/last-applied-configuration");
}

fn drop_annotation(meta: &mut ObjectMeta, name: &str) {
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove(name);
        if annotations.is_empty() {
            meta.annotations = None;
        }
    }
}

fn slim_pod(it: &mut Pod) {
    // Patroni writes its state there every few seconds.
    drop_annotation(&mut it.metadata, "status");
    if let Some(spec) = &mut it.spec {
        slim_pod_spec(spec);
    }
    if let Some(status) = &mut it.status {
        slim_pod_status(status);
    }
}

fn slim_pod_status(status: &mut PodStatus) {
    status.host_ips = None;
    status.pod_ips = None;
    status.qos_class = None;
    for condition in status.conditions.iter_mut().flatten() {
        condition.last_probe_time = None;
    }
}

/// Jobs are immutable and small; their pods' environment may be long and is read by nobody.
fn slim_job(it: &mut Job) {
    if let Some(pod) = it.spec.as_mut().and_then(|spec| spec.template.spec.as_mut()) {
        slim_pod_spec(pod);
    }
}

/// What is left of the specification of a pod.
fn slim_pod_spec(spec: &mut PodSpec) {
    let containers = std::mem::take(&mut spec.containers)
        .into_iter()
        .map(slim_container);
    let on_claim = |volume: &Volume| volume.persistent_volume_claim.is_some();
    let volumes = spec
        .volumes
        .take()
        .map(|volumes| tight(volumes.into_iter().filter(on_claim)));
    *spec = PodSpec {
        containers: tight(containers),
        volumes,
        node_name: spec.node_name.take(),
        node_selector: spec.node_selector.take(),
        service_account_name: spec.service_account_name.take(),
        ..PodSpec::default()
    };
}

fn slim_container(it: Container) -> Container {
    Container {
        name: it.name,
        image: it.image,
        ports: it.ports,
        resources: it.resources,
        ..Container::default()
    }
}

/// Collects without room to spare: a list that was made from a longer one would keep all of its memory.
fn tight<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.shrink_to_fit();
    items
}
