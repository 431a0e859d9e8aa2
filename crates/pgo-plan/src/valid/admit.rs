//! May this cluster be made? The questions that the API server asks before it writes anything.
//!
//! Complaints name the flags of the command line, because that is what the one who asks has typed.

mod question;
mod replica;
mod secret;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{ContainerResources, Pgcluster, PgclusterSpec, PgclusterStatus, Pgtask, StorageSpec, state};

pub use self::replica::{NewReplica, admit_replica};
pub use self::secret::secrets;
use super::placement::{AntiAffinity, NodeLabel};
use super::{DATABASE_IMAGE, MOST_REPLICAS, validate};
use crate::complaint::{Complaint, Complaints};
use crate::defaults::Defaults;
use crate::labels::{self, Labels};
use crate::names::ClusterName;
use crate::observed::Observed;
use crate::task;
use crate::workflow::take_over;

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
    /// `--username`: the ordinary user; nothing means the one of the configuration
    pub user: String,
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
    /// Those flags `--pgbackrest-s3-…` that were given. Their values are nobody's business as long as nothing is made of
    /// them, and two are secret.
    pub s3_flags: Vec<&'static str>,
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

/// What exists around a request, as far as it mentions it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Names of the clusters and replicas in the namespace.
    pub taken: BTreeSet<String>,
    /// Names of those clusters among them that are being removed.
    pub leaving: BTreeSet<String>,
    /// Names of ConfigMaps in the namespace.
    pub config_maps: BTreeSet<String>,
    /// Names of Secrets in the namespace that belong to the cluster of `--secret-from`.
    pub secrets: BTreeSet<String>,
    /// Names of Secrets in the namespace that a cluster has or will have ([`secrets`]), and which cluster.
    pub secret_owners: BTreeMap<String, String>,
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
    /// Policies that were named and do not exist. Version 4.2 kept their names in the spec and did nothing, and scripts
    /// may rely on it; whoever asks should be told.
    pub unknown_policies: Vec<String>,
    /// The cluster. The names of the Secrets with its passwords are in the spec.
    pub cluster: Pgcluster,
}

/// Lists the names of `--series` clusters.
pub fn series(name: &str, count: i64) -> Result<Vec<String>, Complaint> {
    match count {
        1 => Ok(vec![name.to_owned()]),
        2..=100 => match ClusterName::parse(name) {
            // With a number behind it, it would pass.
            Err(sentence) if name == "all" => Err(Complaint::new("name", sentence)),
            _ => Ok((0..count).map(|index| format!("{name}{index}")).collect()),
        },
        _ => Err(Complaint::new(
            "--series",
            format!("{count} is not allowed: give a number from 1 to 100"),
        )),
    }
}

/// Makes the objects of a new cluster, or says everything that is wrong with the request. `seen` is what there is of a
/// cluster of that name: an earlier one may have left volumes that do not tell which of them to start from.
pub fn admit(
    request: &NewCluster,
    defaults: &Defaults,
    around: &Surroundings,
    seen: &Observed,
) -> Result<Admitted, Vec<Complaint>> {
    let parts = understand(request, defaults, around)?;
    let (known, unknown): (Vec<_>, Vec<_>) =
        policies(&parts).partition(|name| around.policies.contains(*name));
    // Version 4.2 makes the task only when every policy that was named exists.
    let has_task = unknown.is_empty() && !known.is_empty();
    let unknown_policies = unknown.into_iter().map(str::to_owned).collect();
    let policies = has_task.then(|| task::policies(&parts.name, &request.namespace, &known));
    let admitted = Admitted {
        workflow: task::creation(
            &parts.name,
            &request.namespace,
            &request.workflow,
            &request.owner,
            &request.now,
        ),
        policies,
        unknown_policies,
        cluster: cluster(parts, request, defaults),
    };
    let valid = said_by_flags(validate(&admitted.cluster, defaults))?;
    secret::check_secrets(&admitted.cluster, defaults, around)?;
    take_over::choose(valid, &admitted.cluster, seen).map_err(|complaint| vec![complaint])?;
    Ok(admitted)
}

/// What the texts of a request mean.
struct Parts {
    name: ClusterName,
    labels: Labels,
    policies: String,
    storage: StorageSpec,
    replica_storage: StorageSpec,
    resources: ContainerResources,
}

fn understand(
    request: &NewCluster,
    defaults: &Defaults,
    around: &Surroundings,
) -> Result<Parts, Vec<Complaint>> {
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let name = c.take("name", ClusterName::parse(&request.name));
    question::check_name(&request.name, around, c);
    if !(0..=i64::from(MOST_REPLICAS)).contains(&request.replica_count) {
        let count = request.replica_count;
        c.add(
            "--replica-count",
            format!("{count} is not allowed: give a number from 0 to {MOST_REPLICAS}"),
        );
    }
    let mut labels = question::user_labels(&request.labels, c);
    question::check_existing(request, defaults, around, c);
    question::check_unavailable(request, c);
    question::check_service_type(&request.service_type, c);
    let node_label = question::node_label(&request.node_label, around, c);
    let storage = question::named_storage(defaults, "--storage-config", &request.storage_config, c);
    let replica_storage = question::named_storage(
        defaults,
        "--replica-storage-config",
        &request.replica_storage_config,
        c,
    );
    let resources = question::named_resources(defaults, &request.resources_config, c);
    if !request.anti_affinity.is_empty() {
        c.take("--pod-anti-affinity", AntiAffinity::parse(&request.anti_affinity));
    }
    labels.extend(control_labels(request, defaults, node_label.as_ref()));
    complaints.none_or(|| {
        Some(Parts {
            name: name?,
            labels,
            policies: or(&request.policies, &defaults.cluster.policies),
            storage: storage.or_else(|| defaults.storage(&defaults.primary_storage).cloned())?,
            replica_storage: replica_storage
                .or_else(|| defaults.storage(&defaults.replica_storage).cloned())?,
            resources: resources.unwrap_or_default(),
        })
    })
}

fn cluster(parts: Parts, request: &NewCluster, defaults: &Defaults) -> Pgcluster {
    let name = parts.name;
    let own = &defaults.cluster;
    let user = or(&request.user, &own.user);
    let spec = PgclusterSpec {
        namespace: request.namespace.clone(),
        name: name.to_string(),
        clustername: name.to_string(),
        policies: parts.policies,
        ccpimage: or(&request.image, DATABASE_IMAGE),
        ccpimagetag: or(&request.image_tag, &own.image_tag),
        port: own.port.to_string(),
        pgbadgerport: own.badger_port.to_string(),
        exporterport: own.exporter_port.to_string(),
        primary_storage: parts.storage,
        replica_storage: parts.replica_storage,
        backrest_storage: defaults.repository_storage(),
        container_resources: parts.resources,
        primaryhost: name.primary_service(),
        usersecretname: name.user_secret(&user),
        user,
        database: own.database.clone(),
        replicas: replicas(request, defaults),
        strategy: "1".into(),
        secretfrom: request.secret_from.clone(),
        rootsecretname: name.superuser_secret(),
        primarysecretname: name.replication_secret(),
        collect_secret_name: name.collect_secret(),
        pswlastupdate: request.now.clone(),
        customconfig: request.custom_config.clone(),
        userlabels: parts.labels,
        pod_pod_anti_affinity: request.anti_affinity.clone(),
        sync_replication: request.sync_replication,
        ..PgclusterSpec::default()
    };
    let metadata = ObjectMeta {
        name: Some(name.to_string()),
        namespace: Some(request.namespace.clone()),
        labels: Some(cluster_labels(&name, request, defaults)),
        ..ObjectMeta::default()
    };
    let status = PgclusterStatus {
        state: state::CLUSTER_CREATED.into(),
        message: "Created, not processed yet".into(),
        ..PgclusterStatus::default()
    };
    Pgcluster {
        metadata,
        spec,
        status: Some(status),
    }
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

/// The policies that were named, here or in the configuration.
fn policies(parts: &Parts) -> impl Iterator<Item = &str> {
    let named = parts.policies.split(',').map(str::trim);
    named.filter(|policy| !policy.is_empty())
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
        ("spec.userlabels", "--labels"),
        ("spec.user", "--username"),
        ("spec.ccpimagetag", "--ccp-image-tag"),
        ("spec.ccpimage", "--ccp-image"),
        ("spec.customconfig", "--custom-config"),
        ("spec.PrimaryStorage", "--storage-config"),
        ("spec.ReplicaStorage", "--replica-storage-config"),
        ("spec.ContainerResources", "--resources-config"),
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
