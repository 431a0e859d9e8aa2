//! What was seen of one cluster, and questions about it.
//!
//! Built from the watch caches, so it may be stale: every answer is a hint until a precondition confirms it.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, PodCondition, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgreplica, Pgtask};
use serde::{Deserialize, Serialize};

mod trouble;

use crate::labels;
use crate::names::{ClusterName, InstanceName};
use crate::valid::ValidCluster;

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

/// How a Job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// There is none of that name.
    Absent,
    /// It has neither succeeded nor failed.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed {
        /// Its uid.
        uid: String,
        /// The how-manieth attempt it was.
        attempt: u32,
        /// When it failed.
        at: Timestamp,
        /// What Kubernetes says about it.
        message: String,
    },
    /// It is being deleted.
    Leaving,
}

impl Observed {
    /// Whether the repository answers.
    pub fn repository_is_ready(&self, cluster: &ClusterName) -> bool {
        self.repository_pods(cluster).any(is_ready)
    }

    /// Why the repository cannot start, if that is known.
    pub fn repository_trouble(&self, cluster: &ClusterName) -> Option<String> {
        self.repository_pods(cluster)
            .find_map(|pod| trouble::of(pod, &self.claims))
    }

    fn repository_pods<'a>(&'a self, cluster: &ClusterName) -> impl Iterator<Item = &'a Pod> + use<'a> {
        let cluster = cluster.clone();
        self.pods.iter().filter(move |pod| is_repository(pod, &cluster))
    }

    /// The instance that holds the leader role and accepts connections.
    ///
    /// Two pods say so when one of them cannot take it back, because its node is lost: then the one counts that the
    /// traffic goes to, for only the holder of the leader lock sends it to itself; else the one that was created last.
    pub fn primary(&self) -> Option<InstanceName> {
        self.primary_pod().and_then(InstanceName::of_pod)
    }

    /// What the primary says of WAL that waits in vain.
    pub fn archive_failure(&self) -> Option<&str> {
        let annotations = self.primary_pod()?.metadata.annotations.as_ref()?;
        annotations.get(labels::ARCHIVE_FAILING).map(String::as_str)
    }

    fn primary_pod(&self) -> Option<&Pod> {
        let leaders = self
            .pods
            .iter()
            .filter(|pod| is_ready(pod) && label(&pod.metadata, labels::ROLE) == Some(labels::ROLE_PRIMARY));
        leaders.max_by_key(|pod| {
            let born = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
            (self.gets_traffic(pod), born)
        })
    }

    /// The instance that got the leader lock last, whether or not anything of it runs: only the holder of the lock sends
    /// the traffic to itself, and nobody takes that back.
    pub fn last_leader(&self) -> Option<InstanceName> {
        let mut targets = self.traffic_targets();
        let pod = targets.next()?;
        let seen = self.pods.iter().find(|it| it.metadata.name.as_ref() == Some(pod));
        seen.map_or_else(|| InstanceName::of_pod_name(pod), InstanceName::of_pod)
    }

    fn gets_traffic(&self, pod: &Pod) -> bool {
        self.traffic_targets()
            .any(|target| Some(target) == pod.metadata.name.as_ref())
    }

    /// The pods that the primary's Service leads to.
    fn traffic_targets(&self) -> impl Iterator<Item = &String> {
        let endpoints = self.endpoint_slices.iter().flat_map(|slice| &slice.endpoints);
        endpoints.filter_map(|endpoint| endpoint.target_ref.as_ref()?.name.as_ref())
    }

    /// Whether any pod of the instance says that it leads, ready or not.
    pub fn leads(&self, instance: &InstanceName) -> bool {
        self.instance_pods(instance)
            .any(|pod| label(&pod.metadata, labels::ROLE) == Some(labels::ROLE_PRIMARY))
    }

    /// When the primary's pod became ready, as far as it is seen.
    pub fn primary_ready_since(&self) -> Option<Timestamp> {
        let primary = self.primary()?;
        self.instance_pods(&primary).filter_map(ready_since).max()
    }

    /// Whether a pod of the instance accepts connections, and the primary hears from it.
    pub fn instance_is_ready(&self, instance: &InstanceName) -> bool {
        self.instance_pods(instance)
            .any(|pod| is_ready(pod) && !self.is_missed(pod))
    }

    /// Whether the primary hears nothing from an instance that should follow it.
    pub fn instance_is_unheard(&self, instance: &InstanceName) -> bool {
        let mut staying = self
            .instance_pods(instance)
            .filter(|pod| pod.metadata.deletion_timestamp.is_none());
        staying.any(|pod| self.is_missed(pod))
    }

    /// Whether the leader says of a pod that it hears nothing from it. What an earlier leader said does not count.
    fn is_missed(&self, pod: &Pod) -> bool {
        let leader = self.pods.iter().find(|it| self.gets_traffic(it));
        let name = pod.metadata.name.as_deref();
        leader.is_some_and(|leader| unheard(leader).any(|missed| Some(missed) == name))
    }

    /// Why an instance cannot start, if that is known.
    pub fn instance_trouble(&self, instance: &InstanceName) -> Option<String> {
        self.instance_pods(instance)
            .find_map(|pod| trouble::of(pod, &self.claims))
    }

    /// What the agent of an instance says of its volume while hardly any room is left there.
    pub fn full_volume(&self, instance: &InstanceName) -> Option<String> {
        let said = self.instance_pods(instance).find_map(trouble::full_volume);
        said.map(str::to_owned)
    }

    /// The pods of an instance, leaving ones included.
    pub fn instance_pods<'a>(&'a self, instance: &'a InstanceName) -> impl Iterator<Item = &'a Pod> {
        self.pods
            .iter()
            .filter(move |pod| InstanceName::of_pod(pod).as_ref() == Some(instance))
    }

    /// A Deployment by name.
    pub fn deployment(&self, name: &str) -> Option<&Deployment> {
        by_name(&self.deployments, |it| &it.metadata, name)
    }

    /// How a Job of this very cluster stands. One that a namesake left behind does not count.
    pub fn job(&self, cluster: &ValidCluster, name: &str) -> JobState {
        let ours = |job: &&Job| {
            let mut owners = job.metadata.owner_references.iter().flatten();
            owners.any(|owner| owner.uid == cluster.uid)
        };
        let Some(job) = by_name(&self.jobs, |it| &it.metadata, name).filter(ours) else {
            return JobState::Absent;
        };
        if job.metadata.deletion_timestamp.is_some() {
            return JobState::Leaving;
        }
        let status = job.status.as_ref();
        let condition = |wanted: &str| {
            let conditions = status
                .and_then(|status| status.conditions.as_ref())
                .into_iter()
                .flatten();
            conditions
                .into_iter()
                .find(|condition| condition.type_ == wanted && condition.status == "True")
        };
        if status.and_then(|status| status.succeeded).unwrap_or(0) > 0 || condition("Complete").is_some() {
            return JobState::Succeeded;
        }
        match condition("Failed") {
            None => JobState::Running,
            Some(failed) => JobState::Failed {
                uid: job.metadata.uid.clone().unwrap_or_default(),
                attempt: crate::desired::job::attempt(job),
                at: failed
                    .last_transition_time
                    .as_ref()
                    .map_or(self.now, |time| time.0),
                message: failed.message.clone().unwrap_or_default(),
            },
        }
    }

    /// A replica's object by name.
    pub fn replica(&self, name: &str) -> Option<&Pgreplica> {
        by_name(&self.replicas, |it| &it.metadata, name)
    }

    /// A task by name.
    pub fn task(&self, name: &str) -> Option<&Pgtask> {
        by_name(&self.tasks, |it| &it.metadata, name)
    }

    /// A volume by name.
    pub fn claim(&self, name: &str) -> Option<&PersistentVolumeClaim> {
        by_name(&self.claims, |it| &it.metadata, name)
    }

    /// The volumes of instances, as far as they are not on their way out; also those that nobody uses.
    pub fn data_claims(&self, cluster: &ClusterName) -> impl Iterator<Item = &PersistentVolumeClaim> {
        self.claims.iter().filter(move |claim| {
            let name = claim.metadata.name.as_deref().unwrap_or_default();
            claim.metadata.deletion_timestamp.is_none() && !cluster.is_backup_claim(name)
        })
    }

    /// A Service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        by_name(&self.services, |it| &it.metadata, name)
    }
}

/// Whether a pod is the repository's.
pub(crate) fn is_repository(pod: &Pod, cluster: &ClusterName) -> bool {
    label(&pod.metadata, labels::BACKREST_REPO) == Some("true")
        && label(&pod.metadata, labels::NAME) == Some(&cluster.repository())
}

/// The pods of instances from which this pod hears nothing, if it leads: Kubernetes takes most of a minute to notice that
/// a node is lost and that what it said last of its pods is no longer so; the primary takes seconds.
pub fn unheard(leader: &Pod) -> impl Iterator<Item = &str> {
    let annotations = leader.metadata.annotations.as_ref();
    let names = annotations.and_then(|annotations| annotations.get(labels::UNHEARD));
    names.into_iter().flat_map(|names| names.split(','))
}

/// Names are unique within a kind.
fn by_name<'a, T>(objects: &'a [T], metadata: impl Fn(&T) -> &ObjectMeta, name: &str) -> Option<&'a T> {
    objects
        .iter()
        .find(|object| metadata(object).name.as_deref() == Some(name))
}

fn label<'a>(metadata: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    metadata.labels.as_ref()?.get(key).map(String::as_str)
}

/// A pod that is being deleted is not ready, whatever its condition still says.
fn is_ready(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && ready_condition(pod).is_some()
}

fn ready_since(pod: &Pod) -> Option<Timestamp> {
    ready_condition(pod)?
        .last_transition_time
        .as_ref()
        .map(|time| time.0)
}

fn ready_condition(pod: &Pod) -> Option<&PodCondition> {
    let mut conditions = pod.status.as_ref()?.conditions.iter().flatten();
    conditions.find(|condition| condition.type_ == "Ready" && condition.status == "True")
}
