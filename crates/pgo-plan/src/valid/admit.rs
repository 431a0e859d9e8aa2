//! May this cluster be made? The questions that the API server asks before it writes anything.
//!
//! Complaints name the flags of the command line, because that is what the one who asks has typed.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{
    Pgcluster, PgclusterSpec, PgclusterStatus, Pgreplica, PgreplicaSpec, PgreplicaStatus, Pgtask,
    StorageSpec, state,
};

use super::placement::{AntiAffinity, NodeLabel};
use super::{MOST_REPLICAS, validate};
use crate::complaint::{Complaint, Complaints};
use crate::defaults::Defaults;
use crate::labels::{self, Labels};
use crate::names::{self, ClusterName};
use crate::task;

/// A cluster that someone asks for. Empty texts mean "not said".
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the request")]
pub struct NewCluster {
    /// `pgo create cluster <name>`
    pub name: String,
    /// `--namespace`
    pub namespace: String,
    /// Who asks.
    pub owner: String,
    /// A new UUID.
    pub workflow: String,
    /// The time, in RFC 3339.
    pub now: String,
    /// `--node-label`
    pub node_label: String,
    /// `--secret-from`
    pub secret_from: String,
    /// `--labels`
    pub labels: String,
    /// `--policies`
    pub policies: String,
    /// `--ccp-image`
    pub image: String,
    /// `--ccp-image-tag`
    pub image_tag: String,
    /// `--replica-count`
    pub replica_count: i64,
    /// `--service-type`
    pub service_type: String,
    /// `--metrics`
    pub metrics: bool,
    /// `--pgbadger`
    pub badger: bool,
    /// The opposite of `--disable-autofail`
    pub autofail: bool,
    /// `--pgbackrest-storage-type`
    pub backrest_storage_type: String,
    /// `--pgbouncer`
    pub pgbouncer: bool,
    /// `--custom-config`
    pub custom_config: String,
    /// `--storage-config`
    pub storage_config: String,
    /// `--replica-storage-config`
    pub replica_storage_config: String,
    /// `--resources-config`
    pub resources_config: String,
    /// `--pod-anti-affinity`
    pub anti_affinity: String,
    /// `--sync-replication`
    pub sync_replication: Option<bool>,
}

/// A replica that someone asks for. Empty texts mean "not said".
#[derive(Clone, Debug, Default)]
pub struct NewReplica {
    /// Four random lower-case letters.
    pub suffix: String,
    /// Who asks.
    pub owner: String,
    /// `--resources-config`
    pub resources_config: String,
    /// `--storage-config`
    pub storage_config: String,
    /// `--node-label`
    pub node_label: String,
    /// `--ccp-image-tag`
    pub image_tag: String,
    /// `--service-type`
    pub service_type: String,
}

/// What exists around a request, as far as it mentions it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Names of the clusters and replicas in the namespace.
    pub taken: BTreeSet<String>,
    /// Names of ConfigMaps in the namespace.
    pub config_maps: BTreeSet<String>,
    /// Names of Secrets in the namespace that belong to the cluster of `--secret-from`.
    pub secrets: BTreeSet<String>,
    /// Names of policies in the namespace.
    pub policies: BTreeSet<String>,
    /// Labels that some node carries, as `key=value`.
    pub node_labels: BTreeSet<String>,
}

/// What the API server writes for a new cluster: Secrets of its own, then the tasks, and the cluster last.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// The diary of the creation.
    pub workflow: Pgtask,
    /// The request to apply policies, when all that were named exist.
    pub policies: Option<Pgtask>,
    /// The cluster. The names of the Secrets with its passwords are in the spec.
    pub cluster: Pgcluster,
}

/// Lists the names of `--series` clusters.
pub fn series(name: &str, count: i64) -> Result<Vec<String>, Complaint> {
    match count {
        1 => Ok(vec![name.to_owned()]),
        2..=100 => Ok((0..count).map(|index| format!("{name}{index}")).collect()),
        _ => Err(Complaint::new(
            "--series",
            format!("{count} is not allowed: give a number from 1 to 100"),
        )),
    }
}

/// Makes the objects of a new cluster, or says everything that is wrong with the request.
pub fn admit(
    request: &NewCluster,
    defaults: &Defaults,
    around: &Surroundings,
) -> Result<Admitted, Vec<Complaint>> {
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let name = c.take("name", ClusterName::parse(&request.name));
    if around.taken.contains(&request.name) {
        c.add(
            "name",
            format!(
                "\"{}\" exists already in this namespace: choose another name",
                request.name
            ),
        );
    }
    if !(0..=i64::from(MOST_REPLICAS)).contains(&request.replica_count) {
        c.add(
            "--replica-count",
            format!(
                "{} is not allowed: give a number from 0 to {MOST_REPLICAS}",
                request.replica_count
            ),
        );
    }
    let mut user_labels = user_labels(&request.labels, c);
    check_existing(request, defaults, around, c);
    check_unavailable(request, c);
    check_service_type(&request.service_type, c);
    let node_label = node_label(&request.node_label, around, c);
    let storage = named_storage(defaults, "--storage-config", &request.storage_config, c);
    let replica_storage = named_storage(
        defaults,
        "--replica-storage-config",
        &request.replica_storage_config,
        c,
    );
    let resources = named_resources(defaults, &request.resources_config, c);
    if !request.anti_affinity.is_empty() {
        c.take("--pod-anti-affinity", AntiAffinity::parse(&request.anti_affinity));
    }
    user_labels.extend(control_labels(request, defaults, node_label.as_ref()));
    let policies = or(&request.policies, &defaults.cluster.policies);
    complaints
        .none_or(|| {
            let name = name?;
            let user = &defaults.cluster.user;
            let spec = PgclusterSpec {
                namespace: request.namespace.clone(),
                name: name.to_string(),
                clustername: name.to_string(),
                policies: policies.clone(),
                ccpimage: or(&request.image, "crunchy-postgres-ha"),
                ccpimagetag: or(&request.image_tag, &defaults.cluster.image_tag),
                port: defaults.cluster.port.to_string(),
                pgbadgerport: defaults.cluster.badger_port.to_string(),
                exporterport: defaults.cluster.exporter_port.to_string(),
                primary_storage: storage.or_else(|| defaults.storage(&defaults.primary_storage).cloned())?,
                replica_storage: replica_storage
                    .or_else(|| defaults.storage(&defaults.replica_storage).cloned())?,
                backrest_storage: defaults.repository_storage(),
                container_resources: resources.unwrap_or_default(),
                primaryhost: name.primary_service(),
                user: user.clone(),
                database: defaults.cluster.database.clone(),
                replicas: replicas(request, defaults),
                strategy: "1".into(),
                secretfrom: request.secret_from.clone(),
                usersecretname: name.user_secret(user),
                rootsecretname: name.superuser_secret(),
                primarysecretname: name.replication_secret(),
                collect_secret_name: name.collect_secret(),
                pswlastupdate: request.now.clone(),
                customconfig: request.custom_config.clone(),
                userlabels: user_labels,
                pod_pod_anti_affinity: request.anti_affinity.clone(),
                sync_replication: request.sync_replication,
                ..PgclusterSpec::default()
            };
            Some(Admitted {
                workflow: task::creation(
                    &name,
                    &request.namespace,
                    &request.workflow,
                    &request.owner,
                    &request.now,
                ),
                policies: policies_task(&name, request, &policies, around),
                cluster: Pgcluster {
                    metadata: ObjectMeta {
                        name: Some(name.to_string()),
                        namespace: Some(request.namespace.clone()),
                        labels: Some(cluster_labels(&name, request, defaults)),
                        ..ObjectMeta::default()
                    },
                    spec,
                    status: Some(PgclusterStatus {
                        state: state::CLUSTER_CREATED.into(),
                        message: "Created, not processed yet".into(),
                        ..PgclusterStatus::default()
                    }),
                },
            })
        })
        .and_then(|admitted| said_by_flags(validate(&admitted.cluster, defaults)).map(|_| admitted))
}

/// Makes a replica of a cluster, or says everything that is wrong with the request.
pub fn admit_replica(
    request: &NewReplica,
    cluster: &Pgcluster,
    defaults: &Defaults,
    around: &Surroundings,
) -> Result<Pgreplica, Vec<Complaint>> {
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let valid = validate(cluster, defaults)?;
    check_service_type(&request.service_type, c);
    let node_label = node_label(&request.node_label, around, c).or_else(|| valid.replica_node_label.clone());
    let storage = named_storage(defaults, "--storage-config", &request.storage_config, c);
    let resources = named_resources(defaults, &request.resources_config, c);
    if !request.image_tag.is_empty() {
        c.take("--ccp-image-tag", super::check_tag(&request.image_tag));
    }
    let mut user_labels = cluster.spec.userlabels.clone();
    let (key, value) = node_label
        .map(|label| (label.key, label.value))
        .unwrap_or_default();
    user_labels.insert(labels::NODE_LABEL_KEY.into(), key);
    user_labels.insert(labels::NODE_LABEL_VALUE.into(), value);
    for (key, value) in [
        (labels::IMAGE_TAG, &request.image_tag),
        (labels::SERVICE_TYPE, &request.service_type),
    ] {
        if !value.is_empty() {
            user_labels.insert(key.into(), value.clone());
        }
    }
    let name = format!("{}-{}", valid.name, request.suffix);
    complaints.none_or(|| {
        Some(Pgreplica {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(valid.namespace.clone()),
                labels: Some(labels::with(
                    &valid.name,
                    [
                        (labels::NAME, name.as_str()),
                        (labels::PGOUSER, request.owner.as_str()),
                    ],
                )),
                ..ObjectMeta::default()
            },
            spec: PgreplicaSpec {
                namespace: valid.namespace.clone(),
                name,
                clustername: valid.name.to_string(),
                replicastorage: storage.unwrap_or_else(|| valid.replica_storage_spec.clone()),
                containerresources: resources.unwrap_or_default(),
                userlabels: user_labels,
                ..PgreplicaSpec::default()
            },
            status: Some(PgreplicaStatus {
                state: state::REPLICA_CREATED.into(),
                message: "Created, not processed yet".into(),
                ..PgreplicaStatus::default()
            }),
        })
    })
}

fn check_existing(request: &NewCluster, defaults: &Defaults, around: &Surroundings, c: &mut Complaints) {
    let config = &request.custom_config;
    if !config.is_empty() && !around.config_maps.contains(config) {
        c.add(
            "--custom-config",
            format!("there is no ConfigMap \"{config}\" in this namespace: create it first"),
        );
    }
    if !request.secret_from.is_empty() {
        let from = &request.secret_from;
        for user in [names::SUPERUSER, names::REPLICATION_USER, &defaults.cluster.user] {
            let secret = format!("{from}-{user}-secret");
            if !around.secrets.contains(&secret) {
                c.add(
                    "--secret-from",
                    format!(
                        "there is no Secret \"{secret}\" of cluster \"{from}\": name a cluster that has it"
                    ),
                );
            }
        }
    }
}

/// Better a clear no than a flag that does nothing.
fn check_unavailable(request: &NewCluster, complaints: &mut Complaints) {
    let wanted = [
        ("--metrics", request.metrics),
        ("--pgbadger", request.badger),
        ("--pgbouncer", request.pgbouncer),
    ];
    for (flag, _) in wanted.iter().filter(|(_, wanted)| *wanted) {
        complaints.add(*flag, "is not available yet: leave it out");
    }
    match request.backrest_storage_type.as_str() {
        "" | "local" => (),
        "s3" | "local,s3" | "s3,local" => {
            complaints.add(
                "--pgbackrest-storage-type",
                "s3 is not available yet: leave it out or give local",
            );
        }
        other => complaints.add(
            "--pgbackrest-storage-type",
            format!("\"{other}\" is not known: give local, s3 or local,s3"),
        ),
    }
}

fn check_service_type(text: &str, complaints: &mut Complaints) {
    if !["", "ClusterIP", "NodePort", "LoadBalancer"].contains(&text) {
        complaints.add(
            "--service-type",
            format!("\"{text}\" is not known: give ClusterIP, NodePort or LoadBalancer"),
        );
    }
}

fn user_labels(text: &str, complaints: &mut Complaints) -> Labels {
    let mut found = BTreeMap::new();
    for item in text.split(',').filter(|_| !text.is_empty()) {
        match item.split_once('=') {
            Some((key, value)) if labels::is_label_key(key) && labels::is_label_value(value) => {
                found.insert(key.to_owned(), value.to_owned());
            }
            _ => complaints.add(
                "--labels",
                format!("\"{item}\" is not a label: write key=value,key=value"),
            ),
        }
    }
    found
}

fn node_label(text: &str, around: &Surroundings, complaints: &mut Complaints) -> Option<NodeLabel> {
    if text.is_empty() {
        return None;
    }
    let label = complaints.take("--node-label", NodeLabel::parse(text))?;
    if !around.node_labels.contains(text) {
        complaints.add(
            "--node-label",
            format!("no node carries the label \"{text}\": label a node first"),
        );
    }
    Some(label)
}

fn named_storage(
    defaults: &Defaults,
    flag: &str,
    name: &str,
    complaints: &mut Complaints,
) -> Option<StorageSpec> {
    if name.is_empty() {
        return None;
    }
    let found = defaults.storage(name).cloned();
    if found.is_none() {
        let known = defaults.storage.keys().cloned().collect::<Vec<_>>().join(", ");
        complaints.add(
            flag,
            format!("\"{name}\" is not a storage configuration: give one of {known}"),
        );
    }
    found
}

fn named_resources(
    defaults: &Defaults,
    name: &str,
    complaints: &mut Complaints,
) -> Option<pgo_crd::ContainerResources> {
    if name.is_empty() {
        return defaults
            .resources
            .get(&defaults.default_container_resources)
            .cloned();
    }
    let found = defaults.resources.get(name).cloned();
    if found.is_none() {
        let known = defaults.resources.keys().cloned().collect::<Vec<_>>().join(", ");
        complaints.add(
            "--resources-config",
            format!("\"{name}\" is not a resource configuration: give one of {known}"),
        );
    }
    found
}

fn control_labels(request: &NewCluster, defaults: &Defaults, node_label: Option<&NodeLabel>) -> Labels {
    let mut pairs = vec![
        (labels::COLLECT, "false".to_owned()),
        (
            labels::ARCHIVE_TIMEOUT,
            defaults.cluster.archive_timeout.to_string(),
        ),
        (labels::VERSION, "4.2.0".to_owned()),
        (labels::WORKFLOW_ID, request.workflow.clone()),
        (labels::PGOUSER, request.owner.clone()),
    ];
    let said = [
        (labels::CUSTOM_CONFIG, &request.custom_config),
        (labels::SERVICE_TYPE, &request.service_type),
        (labels::STORAGE_TYPE, &request.backrest_storage_type),
    ];
    pairs.extend(
        said.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key, value.clone())),
    );
    if let Some(label) = node_label {
        pairs.push((labels::NODE_LABEL_KEY, label.key.clone()));
        pairs.push((labels::NODE_LABEL_VALUE, label.value.clone()));
    }
    if let Some(wanted) = request.sync_replication {
        pairs.push((labels::SYNC_REPLICATION, wanted.to_string()));
    }
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn cluster_labels(name: &ClusterName, request: &NewCluster, defaults: &Defaults) -> Labels {
    let autofail = (request.autofail && !defaults.cluster.disable_autofail).to_string();
    labels::with(
        name,
        [
            (labels::NAME, name.as_str()),
            (labels::AUTOFAIL, autofail.as_str()),
            (labels::BADGER, "false"),
            (labels::BACKREST, "true"),
            (labels::PGOUSER, request.owner.as_str()),
        ],
    )
}

/// Version 4.2 makes the task only when every policy that was named exists.
fn policies_task(
    name: &ClusterName,
    request: &NewCluster,
    policies: &str,
    around: &Surroundings,
) -> Option<Pgtask> {
    let named: Vec<&str> = policies
        .split(',')
        .map(str::trim)
        .filter(|policy| !policy.is_empty())
        .collect();
    let all_exist = named.iter().all(|policy| around.policies.contains(*policy));
    (!named.is_empty() && all_exist).then(|| task::policies(name, &request.namespace, &named))
}

fn replicas(request: &NewCluster, defaults: &Defaults) -> String {
    if request.replica_count > 0 {
        request.replica_count.to_string()
    } else {
        defaults.cluster.replicas.to_string()
    }
}

/// A complaint about a field of the spec is one about the flag that filled it.
fn said_by_flags<T>(result: Result<T, Vec<Complaint>>) -> Result<T, Vec<Complaint>> {
    const FLAGS: &[(&str, &str)] = &[
        ("metadata.name", "name"),
        ("spec.ccpimagetag", "--ccp-image-tag"),
        ("spec.ccpimage", "--ccp-image"),
        ("spec.customconfig", "--custom-config"),
        ("spec.PrimaryStorage", "--storage-config"),
        ("spec.ReplicaStorage", "--replica-storage-config"),
        ("spec.ContainerResources", "--resources-config"),
        ("spec.userlabels", "--labels"),
    ];
    result.map_err(|complaints| {
        let flag = |about: &str| {
            FLAGS
                .iter()
                .find(|(field, _)| about.starts_with(field))
                .map(|(_, flag)| *flag)
        };
        let renamed = complaints.into_iter().map(|complaint| Complaint {
            about: flag(&complaint.about).map_or(complaint.about, str::to_owned),
            ..complaint
        });
        renamed.collect()
    })
}

fn or(text: &str, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text.to_owned()
    }
}
