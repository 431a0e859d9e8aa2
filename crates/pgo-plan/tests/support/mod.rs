//! Objects as Kubernetes would show them, in a few words.

#![allow(dead_code, reason = "each test uses its own part")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobStatus};
use k8s_openapi::api::core::v1::{Pod, PodCondition, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use pgo_crd::{Pgcluster, Pgreplica, PgreplicaSpec, Pgtask, PgtaskSpec};
use pgo_plan::labels;
use pgo_plan::names::{ClusterName, InstanceName};

/// The uid of the cluster in every test.
pub(crate) const UID: &str = "00000000-0000-0000-0000-000000000001";
/// The cluster in every test.
pub(crate) const CLUSTER: &str = "hippo";
/// The namespace in every test.
pub(crate) const NAMESPACE: &str = "pgouser1";

pub(crate) fn cluster_name() -> ClusterName {
    ClusterName::parse(CLUSTER).unwrap()
}

pub(crate) fn time(text: &str) -> Time {
    Time(text.parse::<Timestamp>().unwrap())
}

pub(crate) fn metadata(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.into()),
        namespace: Some(NAMESPACE.into()),
        uid: Some(format!("uid-{name}")),
        labels: Some(labels::of_cluster(&cluster_name())),
        ..ObjectMeta::default()
    }
}

pub(crate) fn owned(name: &str) -> ObjectMeta {
    let owner = OwnerReference {
        kind: "Pgcluster".into(),
        name: CLUSTER.into(),
        uid: UID.into(),
        ..Default::default()
    };
    ObjectMeta {
        owner_references: Some(vec![owner]),
        ..metadata(name)
    }
}

pub(crate) fn cluster() -> Pgcluster {
    Pgcluster {
        metadata: ObjectMeta {
            uid: Some(UID.into()),
            generation: Some(1),
            creation_timestamp: Some(time("2026-01-02T03:00:00Z")),
            labels: None,
            finalizers: Some(vec![labels::FINALIZER.into()]),
            ..metadata(CLUSTER)
        },
        ..Pgcluster::default()
    }
}

pub(crate) fn pod_ready(pod: Pod, ready: bool, since: &Time) -> Pod {
    let condition = PodCondition {
        type_: "Ready".into(),
        status: if ready { "True" } else { "False" }.into(),
        last_transition_time: Some(since.clone()),
        ..PodCondition::default()
    };
    Pod {
        status: Some(PodStatus {
            conditions: Some(vec![condition]),
            ..PodStatus::default()
        }),
        ..pod
    }
}

/// The name of an instance's pod, as Kubernetes makes it.
pub(crate) fn pod_name(instance: &str) -> String {
    format!("{instance}-5b4b44649d-97jdt")
}

pub(crate) fn instance_pod(instance: &str, role: &str) -> Pod {
    let mut meta = metadata(&pod_name(instance));
    let mut all = labels::of_instance(&cluster_name(), &InstanceName::new(instance), "preferred");
    if !role.is_empty() {
        all.insert(labels::ROLE.into(), role.into());
    }
    meta.labels = Some(all);
    meta.creation_timestamp = Some(time("2026-01-02T03:00:00Z"));
    Pod {
        metadata: meta,
        ..Pod::default()
    }
}

pub(crate) fn repository_pod() -> Pod {
    let mut meta = metadata("hippo-backrest-shared-repo-pod");
    meta.labels = Some(labels::of_repository(&cluster_name()));
    Pod {
        metadata: meta,
        ..Pod::default()
    }
}

/// A Deployment of which Kubernetes has made what it says.
pub(crate) fn settled(mut deployment: Deployment, ready: bool) -> Deployment {
    deployment.metadata.uid = Some(format!(
        "uid-{}",
        deployment.metadata.name.clone().unwrap_or_default()
    ));
    deployment.metadata.generation = Some(1);
    deployment.status = Some(DeploymentStatus {
        observed_generation: Some(1),
        updated_replicas: Some(1),
        ready_replicas: ready.then_some(1),
        ..DeploymentStatus::default()
    });
    deployment
}

pub(crate) fn failed(at: &Time, message: &str) -> JobStatus {
    let condition = JobCondition {
        type_: "Failed".into(),
        status: "True".into(),
        last_transition_time: Some(at.clone()),
        message: Some(message.into()),
        ..JobCondition::default()
    };
    JobStatus {
        conditions: Some(vec![condition]),
        failed: Some(1),
        ..JobStatus::default()
    }
}

pub(crate) fn succeeded() -> JobStatus {
    JobStatus {
        succeeded: Some(1),
        ..JobStatus::default()
    }
}

pub(crate) fn job(name: &str, attempt: u32, status: JobStatus) -> Job {
    let mut meta = owned(name);
    meta.annotations = Some([(labels::ATTEMPT.to_owned(), attempt.to_string())].into());
    Job {
        metadata: meta,
        status: Some(status),
        ..Job::default()
    }
}

pub(crate) fn replica(name: &str) -> Pgreplica {
    let spec = PgreplicaSpec {
        name: name.into(),
        clustername: CLUSTER.into(),
        ..PgreplicaSpec::default()
    };
    Pgreplica {
        metadata: metadata(name),
        spec,
        status: None,
    }
}

pub(crate) fn task(name: &str, spec: PgtaskSpec) -> Pgtask {
    let mut meta = metadata(name);
    meta.creation_timestamp = Some(time("2026-01-02T03:10:00Z"));
    Pgtask {
        metadata: meta,
        spec,
        status: None,
    }
}
