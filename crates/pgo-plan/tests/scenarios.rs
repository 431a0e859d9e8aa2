//! Scenarios: what was asked and what was seen, in a few words; and the whole plan that follows.
//!
//! Each file of `scenarios/` is one case. Objects that are wanted are listed by name; those that the case names under
//! `show` are written out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::{
    ConfigMap, ContainerState, ContainerStateRunning, ContainerStateWaiting, ContainerStatus,
    ObjectReference, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus,
    PersistentVolumeClaimVolumeSource, Pod, PodCondition, PodSpec, Service, Volume,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{PgclusterSpec, PgclusterStatus, Pgreplica, PgreplicaSpec, Pgtask, PgtaskSpec, PgtaskStatus};
use pgo_plan::desired::instance::{self, Instance};
use pgo_plan::plan::{Action, Desired, Exactly};
use pgo_plan::valid::ValidCluster;
use pgo_plan::{Defaults, Observed, Plan, labels, plan, valid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{
    cluster, failed, instance_pod, job, metadata, pod_name, pod_ready, replica, repository_pod, settled,
    succeeded, task, time,
};

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    #[serde(default)]
    cluster: Asked,
    #[serde(default)]
    seen: Seen,
    /// Replaces lines of the built-in configuration.
    #[serde(default)]
    configuration: BTreeMap<String, String>,
    #[serde(default)]
    show: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    spec: PgclusterSpec,
    status: Option<PgclusterStatus>,
    labels: Option<BTreeMap<String, String>>,
    deleted: bool,
    finalizer: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Seen {
    now: Option<String>,
    /// Deployment, and in words what is seen of it: `starting`, `master`, `replica`, `master not ready`, `stopping`,
    /// `only pod`, `cannot archive`, `full`, `hears nothing from <Deployment>`; with `old form` it was made from another
    /// template, with `no image`, `no node` or `no volume <claim>` its pod cannot start.
    instances: BTreeMap<String, String>,
    /// The instance that the primary's Service leads to.
    serves: Option<String>,
    /// `ready` or `starting`; with `no image` or `no volume <claim>` it cannot start.
    repository: String,
    /// `running`, `succeeded`, or `failed <attempt> <time>`.
    jobs: BTreeMap<String, String>,
    replicas: BTreeMap<String, PgreplicaSpec>,
    tasks: BTreeMap<String, SeenTask>,
    claims: Vec<String>,
    /// Volume, and the last primary's volume as that one says.
    marks: BTreeMap<String, String>,
    /// Volume that nobody has made yet, and its storage class.
    pending: BTreeMap<String, String>,
    services: Vec<String>,
    /// Secret, and whether it is the repository's.
    secrets: BTreeMap<String, bool>,
    /// Secret with a certificate, and when that ends.
    certificates: BTreeMap<String, String>,
    config_maps: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SeenTask {
    created: Option<String>,
    #[serde(flatten)]
    spec: PgtaskSpec,
    #[serde(rename = "seenStatus")]
    status: Option<PgtaskStatus>,
}

#[test]
fn scenarios() {
    insta::glob!("scenarios/*.yaml", check);
}

fn check(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        pgo_postgres::yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut asked = asked(&case);
    let mut configuration = pgo_plan::defaults::BUILT_IN.to_owned();
    for (from, to) in &case.configuration {
        assert!(
            configuration.contains(from),
            "the built-in configuration has no {from}"
        );
        configuration = configuration.replace(from, to);
    }
    let defaults = Defaults::parse(&configuration).unwrap();
    // What has a status has been looked at before.
    if let Some(status) = asked.status.as_ref().filter(|it| it.born_with.is_none()) {
        let mut alive = asked.clone();
        alive.metadata.deletion_timestamp = None;
        let first = plan(&alive, &defaults, &Observed::default());
        asked.status = Some(PgclusterStatus {
            born_with: first.status.born_with,
            ..status.clone()
        });
    }
    let observed = seen(&case, &asked, &defaults);
    let decided = plan(&asked, &defaults, &observed);
    let written = written(&decided, &case.show);
    insta::with_settings!({description => case.about, omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_yaml_snapshot!(written);
    });
}

fn asked(case: &Case) -> pgo_crd::Pgcluster {
    let mut asked = cluster();
    if let Some(name) = &case.cluster.name {
        asked.metadata.name = Some(name.clone());
    }
    asked.spec = case.cluster.spec.clone();
    asked.status.clone_from(&case.cluster.status);
    asked.metadata.labels.clone_from(&case.cluster.labels);
    if case.cluster.deleted {
        asked.metadata.deletion_timestamp = Some(time("2026-01-02T03:10:00Z"));
    }
    if case.cluster.finalizer == Some(false) {
        asked.metadata.finalizers = None;
    }
    asked
}

fn seen(case: &Case, asked: &pgo_crd::Pgcluster, defaults: &Defaults) -> Observed {
    let seen = &case.seen;
    let named = |names: &[String]| names.iter().map(|name| metadata(name)).collect::<Vec<_>>();
    let claim = |mut metadata: ObjectMeta| {
        let mark = metadata.name.as_ref().and_then(|name| seen.marks.get(name));
        metadata.annotations = mark.map(|last| [(labels::LAST_PRIMARY.to_owned(), last.clone())].into());
        let class = metadata.name.as_ref().and_then(|name| seen.pending.get(name));
        PersistentVolumeClaim {
            metadata,
            spec: class.map(|class| PersistentVolumeClaimSpec {
                storage_class_name: Some(class.clone()),
                ..Default::default()
            }),
            status: class.map(|_| PersistentVolumeClaimStatus {
                phase: Some("Pending".into()),
                ..Default::default()
            }),
        }
    };
    let service = |metadata| Service {
        metadata,
        ..Default::default()
    };
    let config_map = |metadata| ConfigMap {
        metadata,
        ..Default::default()
    };
    let mut observed = Observed {
        now: time(seen.now.as_deref().unwrap_or("2026-01-02T03:20:00Z")).0,
        claims: named(&seen.claims).into_iter().map(claim).collect(),
        services: named(&seen.services).into_iter().map(service).collect(),
        config_maps: named(&seen.config_maps).into_iter().map(config_map).collect(),
        secrets: seen
            .secrets
            .iter()
            .map(|(name, of_repository)| secret(name, *of_repository))
            .chain(seen.certificates.iter().map(|(name, end)| certificate(name, end)))
            .collect(),
        replicas: seen
            .replicas
            .iter()
            .map(|(name, spec)| seen_replica(name, spec))
            .collect(),
        tasks: seen
            .tasks
            .iter()
            .map(|(name, task)| seen_task(name, task))
            .collect(),
        jobs: seen
            .jobs
            .iter()
            .map(|(name, words)| seen_job(name, words))
            .collect(),
        ..Observed::default()
    };
    if !seen.repository.is_empty() {
        let pod = pod_ready(repository_pod(), seen.repository == "ready", &time(SINCE));
        observed.pods.push(with_container(pod, &seen.repository));
        observed
            .deployments
            .push(bare_deployment("hippo-backrest-shared-repo"));
    }
    observed.endpoint_slices.extend(seen.serves.as_deref().map(slice));
    let valid = valid::validate(asked, defaults).ok();
    for (name, words) in &seen.instances {
        see_instance(name, words, valid.as_ref(), &mut observed);
    }
    observed
}

const SINCE: &str = "2026-01-02T03:00:07Z";

fn see_instance(name: &str, words: &str, cluster: Option<&ValidCluster>, observed: &mut Observed) {
    let role = ["master", "replica"]
        .into_iter()
        .find(|role| words.contains(role))
        .unwrap_or_default();
    let ready = !role.is_empty() && !words.contains("not ready");
    let mut pod = pod_ready(instance_pod(name, role), ready, &time(SINCE));
    pod = with_container(pod, words);
    if words.contains("cannot archive") {
        let why = "No WAL has been archived since 2026-01-02T03:01:00Z: [104]: no space left on device";
        pod.metadata.annotations = Some([(labels::ARCHIVE_FAILING.to_owned(), why.to_owned())].into());
    }
    if words.contains("full") {
        let why = "its volume is full (less than 32 MiB was left)";
        pod.metadata.annotations = Some([(labels::VOLUME_FULL.to_owned(), why.to_owned())].into());
    }
    if let Some((_, unheard)) = words.split_once("hears nothing from ") {
        pod.metadata.annotations = Some([(labels::UNHEARD.to_owned(), pod_name(unheard))].into());
    }
    if words.contains("stopping") {
        pod.metadata.deletion_timestamp = Some(time(SINCE));
    }
    observed.pods.push(pod);
    if words.contains("only pod") {
        return;
    }
    let Some(cluster) = cluster else {
        observed.deployments.push(bare_deployment(name));
        return;
    };
    let object = observed.replica(name).cloned().unwrap_or_else(|| replica(name));
    let as_replica = valid::validate_replica(&object, cluster).ok();
    let wanted = as_replica.as_ref().map_or_else(
        || Instance::first(cluster),
        |replica| Instance::replica(cluster, replica),
    );
    let mut deployment = settled(instance::deployment(wanted, &cluster.labels), ready);
    if words.contains("old form") {
        deployment.metadata.annotations = Some([(labels::TEMPLATE.to_owned(), "old".to_owned())].into());
    }
    observed.deployments.push(deployment);
}

/// A pod whose container runs, unless the words say that it cannot start.
fn with_container(mut pod: Pod, words: &str) -> Pod {
    let status = pod.status.get_or_insert_default();
    let running = ContainerStateRunning {
        started_at: Some(time(SINCE)),
    };
    status.container_statuses = Some(vec![ContainerStatus {
        state: Some(ContainerState {
            running: Some(running),
            ..ContainerState::default()
        }),
        ..ContainerStatus::default()
    }]);
    if words.contains("no image") {
        let waiting = ContainerStateWaiting {
            reason: Some("ImagePullBackOff".into()),
            message: Some("Back-off pulling image".into()),
        };
        status.container_statuses = Some(vec![ContainerStatus {
            image: "crunchydata/crunchy-postgres-ha:nonsense".into(),
            state: Some(ContainerState {
                waiting: Some(waiting),
                ..ContainerState::default()
            }),
            ..ContainerStatus::default()
        }]);
    }
    let unscheduled = |message: &str| PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some("Unschedulable".into()),
        message: Some(message.into()),
        ..PodCondition::default()
    };
    let conditions = status.conditions.get_or_insert_default();
    if words.contains("no node") {
        conditions.push(unscheduled("0/3 nodes are available: 3 Insufficient cpu."));
    }
    if let Some((_, claim)) = words.split_once("no volume ") {
        conditions.push(unscheduled(
            "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
        ));
        let source = PersistentVolumeClaimVolumeSource {
            claim_name: claim.into(),
            ..Default::default()
        };
        let volume = Volume {
            persistent_volume_claim: Some(source),
            ..Volume::default()
        };
        pod.spec = Some(PodSpec {
            volumes: Some(vec![volume]),
            ..PodSpec::default()
        });
    }
    pod
}

fn bare_deployment(name: &str) -> Deployment {
    Deployment {
        metadata: metadata(name),
        ..Deployment::default()
    }
}

fn seen_replica(name: &str, spec: &PgreplicaSpec) -> Pgreplica {
    let mut found = replica(name);
    if *spec != PgreplicaSpec::default() {
        found.spec = spec.clone();
    }
    found
}

fn seen_task(name: &str, seen: &SeenTask) -> Pgtask {
    let mut found = task(name, seen.spec.clone());
    found.status.clone_from(&seen.status);
    if let Some(created) = &seen.created {
        found.metadata.creation_timestamp = Some(time(created));
    }
    found
}

fn seen_job(name: &str, words: &str) -> Job {
    match words.split(' ').collect::<Vec<_>>()[..] {
        ["running"] => job(name, 1, JobStatus::default()),
        ["succeeded"] => job(name, 1, succeeded()),
        ["failed", attempt, at] => job(
            name,
            attempt.parse().unwrap(),
            failed(&time(at), "Job has reached the specified backoff limit"),
        ),
        _ => panic!("{words}"),
    }
}

fn secret(name: &str, of_repository: bool) -> ObjectMeta {
    let mut found = metadata(name);
    if of_repository {
        found
            .labels
            .get_or_insert_default()
            .insert(labels::BACKREST_REPO.into(), "true".into());
    }
    found
}

/// The slice of the primary's Service, as that instance has written it.
fn slice(instance: &str) -> EndpointSlice {
    let pod = ObjectReference {
        name: Some(pod_name(instance)),
        ..ObjectReference::default()
    };
    EndpointSlice {
        metadata: ObjectMeta {
            resource_version: Some("7".into()),
            ..metadata("hippo")
        },
        endpoints: vec![Endpoint {
            target_ref: Some(pod),
            ..Endpoint::default()
        }],
        ..EndpointSlice::default()
    }
}

fn certificate(name: &str, end: &str) -> ObjectMeta {
    let mut found = metadata(name);
    let annotations = found.annotations.get_or_insert_default();
    annotations.insert(labels::NOT_AFTER.into(), end.into());
    found
}

/// The plan in a form that a person reads.
fn written(plan: &Plan, show: &[String]) -> Value {
    let Plan {
        objects,
        requires,
        action,
        finalizer,
        labels,
        status,
        replicas,
        tasks,
        waiting_on,
        events,
        next,
    } = plan;
    let mut listed = Vec::new();
    let mut shown = BTreeMap::new();
    let Desired {
        secrets,
        config_maps,
        services,
        endpoint_slices,
        claims,
        replicas: born,
        jobs,
        deployments,
    } = objects;
    list("Secret", secrets, &mut listed, &mut shown, show);
    list("ConfigMap", config_maps, &mut listed, &mut shown, show);
    list("Service", services, &mut listed, &mut shown, show);
    list("EndpointSlice", endpoint_slices, &mut listed, &mut shown, show);
    list("PersistentVolumeClaim", claims, &mut listed, &mut shown, show);
    list("Pgreplica", born, &mut listed, &mut shown, show);
    list("Job", jobs, &mut listed, &mut shown, show);
    list("Deployment", deployments, &mut listed, &mut shown, show);
    for wanted in show {
        assert!(shown.contains_key(wanted), "{wanted} is not in the plan");
    }
    let conditions = |conditions: &Value| {
        let lines = conditions.as_array().into_iter().flatten().map(|condition| {
            let text = |key: &str| condition[key].as_str().unwrap_or_default().to_owned();
            json!(format!(
                "{}={} {}: {}",
                text("type"),
                text("status"),
                text("reason"),
                text("message")
            ))
        });
        Value::Array(lines.collect())
    };
    let brief = |status: &dyn erased::Status| {
        let mut value = status.value();
        value["conditions"] = conditions(&value["conditions"]);
        for storage in ["primaryStorage", "replicaStorage", "backrestStorage"] {
            if let Some(storage) = value.pointer_mut(&format!("/bornWith/{storage}")) {
                *storage = brief_storage(storage);
            }
        }
        value
    };
    let mut all = json!({
        "finalizer": finalizer,
        "objects": listed,
        "requires": requires.iter().map(|it| format!("{:?}/{}", it.kind, it.name)).collect::<Vec<_>>(),
        "action": action.as_ref().map(brief_action),
        "labels": labels,
        "status": brief(status),
        "replicas": replicas.iter().map(|(name, status)| (name, brief(status))).collect::<BTreeMap<_, _>>(),
        "tasks": tasks.iter().map(|(name, status)| (name, brief(status))).collect::<BTreeMap<_, _>>(),
        "waiting_on": waiting_on,
        "events": events.iter().map(|event| format!("{:?}: {}", event.reason, event.note)).collect::<Vec<_>>(),
        "next": next,
        "shown": shown,
    });
    if let Some(map) = all.as_object_mut() {
        map.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!({}));
    }
    all
}

mod erased {
    //! Statuses of all kinds as values.
    pub(super) trait Status {
        fn value(&self) -> serde_json::Value;
    }
    impl<T: serde::Serialize> Status for T {
        fn value(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

fn list<T: Serialize>(
    kind: &str,
    objects: &[T],
    listed: &mut Vec<String>,
    shown: &mut BTreeMap<String, Value>,
    show: &[String],
) {
    for object in objects {
        let value = serde_json::to_value(object).unwrap();
        let name = format!("{kind}/{}", value["metadata"]["name"].as_str().unwrap());
        if show.contains(&name) {
            shown.insert(name.clone(), value);
        }
        listed.push(name);
    }
}

fn brief_storage(storage: &Value) -> Value {
    let fields = storage.as_object().into_iter().flatten();
    let given = fields.filter_map(|(_, value)| value.as_str().filter(|text| !text.is_empty()));
    json!(given.collect::<Vec<_>>().join(" "))
}

fn brief_action(action: &Action) -> Value {
    match action {
        Action::Replace { job, instead_of } => json!({
            "replace": job.metadata.name, "instead_of": instead_of, "annotations": job.metadata.annotations,
        }),
        Action::Renew { secret, instead_of } => json!({
            "renew": secret.metadata.name, "instead_of": instead_of,
        }),
        Action::Mark { claims, last_primary } => json!({
            "mark": claims.iter().map(brief_object).collect::<Vec<_>>(), "last_primary": last_primary,
        }),
        Action::Delete(objects) => json!({
            "delete": objects.iter().map(brief_object).collect::<Vec<_>>(),
        }),
    }
}

fn brief_object(one: &Exactly) -> String {
    let uid = one.uid.as_deref().unwrap_or("by name");
    let version = one.version.as_ref().map(|version| format!(" version {version}"));
    format!("{:?}/{} {uid}{}", one.kind, one.name, version.unwrap_or_default())
}
