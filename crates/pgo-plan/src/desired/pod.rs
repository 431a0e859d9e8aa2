//! The parts that all pods share.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapVolumeSource, Container, EmptyDirVolumeSource, EnvVar, EnvVarSource,
    HTTPGetAction, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, ObjectFieldSelector,
    PersistentVolumeClaimVolumeSource, PodAffinityTerm, PodAntiAffinity, PodSecurityContext,
    PreferredSchedulingTerm, Probe, ResourceRequirements, SeccompProfile, SecretVolumeSource,
    SecurityContext, Volume, VolumeMount, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::AGENT_PORT;
use crate::labels;
use crate::names::ClusterName;
use crate::valid::storage::{Source, Storage};
use crate::valid::{AntiAffinity, NodeLabel, Resources};

/// A variable with a plain value.
pub(super) fn value(name: &str, value: impl Into<String>) -> EnvVar {
    EnvVar {
        name: name.into(),
        value: Some(value.into()),
        value_from: None,
    }
}

/// A variable that Kubernetes fills in.
pub(super) fn field(name: &str, path: &str) -> EnvVar {
    let field_ref = ObjectFieldSelector {
        api_version: Some("v1".into()),
        field_path: path.into(),
    };
    let source = EnvVarSource {
        field_ref: Some(field_ref),
        ..EnvVarSource::default()
    };
    EnvVar {
        name: name.into(),
        value: None,
        value_from: Some(source),
    }
}

/// Where a volume is seen in a container.
pub(super) fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount {
        name: name.into(),
        mount_path: path.into(),
        ..VolumeMount::default()
    }
}

/// As [`mount`], not writable.
pub(super) fn read_only(name: &str, path: &str) -> VolumeMount {
    VolumeMount {
        read_only: Some(true),
        ..mount(name, path)
    }
}

/// The files of a Secret, for the pod's group only.
pub(super) fn secret_volume(name: &str, secret: impl Into<String>) -> Volume {
    let source = SecretVolumeSource {
        secret_name: Some(secret.into()),
        default_mode: Some(0o440),
        ..Default::default()
    };
    Volume {
        name: name.into(),
        secret: Some(source),
        ..Volume::default()
    }
}

/// The files of a ConfigMap. Without one that is not `optional` no container starts.
pub(super) fn config_volume(name: &str, config_map: &str, optional: bool) -> Volume {
    let source = ConfigMapVolumeSource {
        name: config_map.into(),
        optional: optional.then_some(true),
        default_mode: Some(0o440),
        items: None,
    };
    Volume {
        name: name.into(),
        config_map: Some(source),
        ..Volume::default()
    }
}

/// A directory that lives as long as the pod.
pub(super) fn scratch_volume(name: &str) -> Volume {
    Volume {
        name: name.into(),
        empty_dir: Some(EmptyDirVolumeSource::default()),
        ..Volume::default()
    }
}

/// Where the agent copies keys and passwords to.
pub(super) const SECRETS: &str = "/tmp/pgo-agent";

/// A small directory in memory, for what must not be written to a disk.
pub(super) fn memory_volume(name: &str) -> Volume {
    let source = EmptyDirVolumeSource {
        medium: Some("Memory".into()),
        size_limit: Some(Quantity("4Mi".into())),
    };
    Volume {
        name: name.into(),
        empty_dir: Some(source),
        ..Volume::default()
    }
}

/// The volume that holds data or backups.
pub(super) fn storage_volume(name: &str, storage: &Storage, claim: &str) -> Volume {
    let claim = match &storage.source {
        Source::Claim { .. } => claim,
        Source::Existing(existing) => existing,
        Source::Ephemeral => return scratch_volume(name),
    };
    let source = PersistentVolumeClaimVolumeSource {
        claim_name: claim.to_owned(),
        read_only: None,
    };
    Volume {
        name: name.into(),
        persistent_volume_claim: Some(source),
        ..Volume::default()
    }
}

/// A pod of the `restricted` profile that runs as one user whose group owns the files of the volume.
pub(super) fn pod_security(uid: i64, storage: Option<&Storage>) -> PodSecurityContext {
    let fs_group = storage.map(|storage| storage.fs_group.unwrap_or(uid));
    let groups = storage
        .map(|storage| storage.supplemental_groups.clone())
        .filter(|groups| !groups.is_empty());
    PodSecurityContext {
        run_as_user: Some(uid),
        run_as_group: Some(uid),
        run_as_non_root: Some(true),
        fs_group: fs_group.or(Some(uid)),
        // Changing the owner of every file takes minutes on a large volume; once is enough.
        fs_group_change_policy: Some("OnRootMismatch".into()),
        supplemental_groups: groups,
        seccomp_profile: Some(SeccompProfile {
            type_: "RuntimeDefault".into(),
            localhost_profile: None,
        }),
        ..PodSecurityContext::default()
    }
}

/// A container that can write to its volumes only and gain no rights.
pub(super) fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities {
            drop: Some(vec!["ALL".into()]),
            add: None,
        }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

/// What the container asks for and may use.
pub(super) fn resources(resources: &Resources) -> ResourceRequirements {
    let of = |memory: &_, cpu: &_| {
        BTreeMap::from([
            ("cpu".into(), Clone::clone(cpu)),
            ("memory".into(), Clone::clone(memory)),
        ])
    };
    ResourceRequirements {
        requests: Some(of(&resources.requests_memory, &resources.requests_cpu)),
        limits: Some(of(&resources.limits_memory, &resources.limits_cpu)),
        claims: None,
    }
}

/// Asks the agent in the container. The answer carries the reason, which `kubectl describe` shows.
pub(super) fn with_probes(container: Container) -> Container {
    let ask = |path: &str| {
        Some(HTTPGetAction {
            path: Some(path.into()),
            port: IntOrString::String("agent".into()),
            scheme: Some("HTTPS".into()),
            ..HTTPGetAction::default()
        })
    };
    let readiness = Probe {
        http_get: ask("/readiness"),
        period_seconds: Some(1),
        failure_threshold: Some(3),
        ..Probe::default()
    };
    let liveness = Probe {
        http_get: ask("/liveness"),
        period_seconds: Some(5),
        timeout_seconds: Some(3),
        failure_threshold: Some(6),
        // Whoever does not answer for half a minute will not stop in order either.
        termination_grace_period_seconds: Some(1),
        ..Probe::default()
    };
    Container {
        readiness_probe: Some(readiness),
        liveness_probe: Some(liveness),
        ..container
    }
}

/// The agent's port.
pub(super) const AGENT: (&str, u16) = ("agent", AGENT_PORT);

/// Ports of a container by name.
pub(super) fn container_ports(ports: &[(&str, u16)]) -> Vec<k8s_openapi::api::core::v1::ContainerPort> {
    let port = |(name, number): &(&str, u16)| k8s_openapi::api::core::v1::ContainerPort {
        name: Some((*name).to_owned()),
        container_port: i32::from(*number),
        protocol: Some("TCP".into()),
        ..Default::default()
    };
    ports.iter().map(port).collect()
}

/// Where a pod should run: on nodes with the label, and apart from the cluster's other pods.
///
/// `apart_from` is a label of those pods of the cluster that matter more than the others.
pub(super) fn affinity(
    cluster: &ClusterName,
    rule: AntiAffinity,
    node_label: Option<&NodeLabel>,
    apart_from: (&str, &str),
) -> Option<Affinity> {
    let affinity = Affinity {
        node_affinity: node_label.map(preferred_nodes),
        pod_anti_affinity: pod_anti_affinity(cluster, rule, apart_from),
        pod_affinity: None,
    };
    (affinity != Affinity::default()).then_some(affinity)
}

fn preferred_nodes(label: &NodeLabel) -> NodeAffinity {
    let requirement = NodeSelectorRequirement {
        key: label.key.clone(),
        operator: "In".into(),
        values: Some(vec![label.value.clone()]),
    };
    let preference = NodeSelectorTerm {
        match_expressions: Some(vec![requirement]),
        match_fields: None,
    };
    NodeAffinity {
        preferred_during_scheduling_ignored_during_execution: Some(vec![PreferredSchedulingTerm {
            weight: 10,
            preference,
        }]),
        required_during_scheduling_ignored_during_execution: None,
    }
}

fn pod_anti_affinity(
    cluster: &ClusterName,
    rule: AntiAffinity,
    apart_from: (&str, &str),
) -> Option<PodAntiAffinity> {
    let term = |selector| PodAffinityTerm {
        label_selector: Some(selector),
        topology_key: labels::HOSTNAME.into(),
        ..PodAffinityTerm::default()
    };
    let weighted = |weight, term| WeightedPodAffinityTerm {
        weight,
        pod_affinity_term: term,
    };
    let all = term(labels::anti_affinity_selector(cluster));
    let apart = weighted(100, term(labels::selector(labels::with(cluster, [apart_from]))));
    let (required, preferred) = match rule {
        AntiAffinity::Disabled => return None,
        AntiAffinity::Required => (Some(vec![all]), Some(vec![apart])),
        AntiAffinity::Preferred => (None, Some(vec![weighted(1, all), apart])),
    };
    Some(PodAntiAffinity {
        required_during_scheduling_ignored_during_execution: required,
        preferred_during_scheduling_ignored_during_execution: preferred,
    })
}
