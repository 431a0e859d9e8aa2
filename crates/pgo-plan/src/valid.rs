//! What was asked, understood: a [`Pgcluster`] becomes a [`ValidCluster`] or all complaints about it at once.

mod admit;
mod placement;
pub mod storage;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pgo_crd::{ContainerResources, Pgcluster, PgclusterSpec, Pgreplica, StorageSpec};
use serde::Serialize;

pub use self::admit::{Admitted, NewCluster, NewReplica, Surroundings, admit, admit_replica, series};
pub use self::placement::{AntiAffinity, NodeLabel};
use self::storage::Storage;
use crate::complaint::{Complaint, Complaints};
use crate::defaults::Defaults;
use crate::labels::{self, Labels};
use crate::names::{self, ClusterName, InstanceName};
use crate::quantity;

/// The most replicas a cluster may be born with.
pub const MOST_REPLICAS: u32 = 99;
/// Ports that every instance uses for something else than PostgreSQL.
const TAKEN_PORTS: [u16; 3] = [
    crate::desired::PATRONI_PORT,
    crate::desired::PGBACKREST_PORT,
    crate::desired::AGENT_PORT,
];

/// A cluster whose specification makes sense, with the operator's defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidCluster {
    /// Its name.
    pub name: ClusterName,
    /// Its namespace.
    pub namespace: String,
    /// The uid of its object.
    pub uid: String,
    /// Full name of the database image.
    pub image: DatabaseImage,
    /// Full name of the repository image.
    pub repository_image: String,
    /// Ports of the Services.
    pub ports: Ports,
    /// Name of the ordinary user.
    pub user: String,
    /// Database of the ordinary user.
    pub database: String,
    /// Names of the Secrets with passwords.
    pub logins: Logins,
    /// Length of passwords that we make.
    pub password_length: usize,
    /// Volume of the first instance.
    pub primary_storage: Storage,
    /// Volumes of replicas that name none.
    pub replica_storage: Storage,
    /// What replicas that the cluster is born with write into their own spec.
    pub replica_storage_spec: StorageSpec,
    /// Volume of the repository.
    pub repository_storage: Storage,
    /// What database containers ask for and may use.
    pub resources: Option<Resources>,
    /// How many replicas the cluster is born with.
    pub replicas: u32,
    /// The user's labels that Kubernetes accepts.
    pub labels: Labels,
    /// Whether pods avoid each other.
    pub anti_affinity: AntiAffinity,
    /// Whether commits wait for a replica.
    pub synchronous: bool,
    /// Whether Patroni fails over by itself.
    pub autofail: bool,
    /// Nodes that the first instance prefers.
    pub node_label: Option<NodeLabel>,
    /// Nodes that replicas prefer.
    pub replica_node_label: Option<NodeLabel>,
    /// The user's own configuration.
    pub custom_config: Option<String>,
    /// Type of the primary's Service.
    pub service_type: String,
    /// Parameters that the operator decides.
    pub parameters: Vec<(&'static str, String)>,
    /// Whether a replica that does not start is made anew.
    pub replica_reinit: bool,
}

/// The database image; a replica may have a tag of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseImage {
    /// Registry, organisation and name.
    pub name: String,
    /// Tag.
    pub tag: String,
}

/// Ports of a cluster's Services that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ports {
    /// PostgreSQL's.
    pub postgres: u16,
    /// pgBadger's.
    pub badger: u16,
    /// The exporter's.
    pub exporter: u16,
}

/// Names of the Secrets with the passwords of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logins {
    /// The superuser's.
    pub superuser: String,
    /// The replication user's.
    pub replication: String,
    /// The ordinary user's.
    pub user: String,
}

/// What a container asks for and may use, in canonical form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resources {
    /// Requested memory.
    pub requests_memory: Quantity,
    /// Requested processor share.
    pub requests_cpu: Quantity,
    /// Limit of memory.
    pub limits_memory: Quantity,
    /// Limit of processor share.
    pub limits_cpu: Quantity,
}

/// A replica whose specification makes sense.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidReplica {
    /// Its name.
    pub name: InstanceName,
    /// The uid of its object.
    pub uid: String,
    /// Its volume.
    pub storage: Storage,
    /// What its container asks for and may use.
    pub resources: Option<Resources>,
    /// Nodes that it prefers.
    pub node_label: Option<NodeLabel>,
    /// Tag of its image, when it has one of its own.
    pub image_tag: Option<String>,
}

/// Understands a cluster, or says everything that is wrong with it.
pub fn validate(cluster: &Pgcluster, defaults: &Defaults) -> Result<ValidCluster, Vec<Complaint>> {
    let spec = &cluster.spec;
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let object = cluster.metadata.name.clone().unwrap_or_default();
    let name = c.take("metadata.name", ClusterName::parse(&object));
    for (field, value) in [("spec.name", &spec.name), ("spec.clustername", &spec.clustername)] {
        if !value.is_empty() && *value != object {
            c.add(
                field,
                format!(
                    "is \"{value}\", but the object is named \"{object}\": leave it out or make them equal"
                ),
            );
        }
    }
    let ports = ports(spec, defaults, c);
    let primary_storage = storage_of(
        c,
        "spec.PrimaryStorage",
        &spec.primary_storage,
        defaults,
        &defaults.primary_storage,
    );
    let replica_storage = storage_of(
        c,
        "spec.ReplicaStorage",
        &spec.replica_storage,
        defaults,
        &defaults.replica_storage,
    );
    let repository_spec = or_else(&spec.backrest_storage, || defaults.repository_storage());
    let repository_storage = understood(c, "spec.BackrestStorage", &repository_spec);
    let resources = resources(c, "spec.ContainerResources", &spec.container_resources);
    let user = or(&spec.user, &defaults.cluster.user);
    c.take("spec.user", check_user(&user));
    let logins = name.as_ref().map(|name| logins(spec, name, &user, c));
    let replicas = replica_count(spec, defaults, c);
    let anti_affinity = optional(
        c,
        "spec.podPodAntiAffinity",
        &spec.pod_pod_anti_affinity,
        AntiAffinity::parse,
    );
    let service_type = service_type(spec, defaults, c);
    let node_label = node_label(&spec.userlabels, "spec.userlabels", c);
    let custom_config = optional(c, "spec.customconfig", &spec.customconfig, check_object_name);
    let image = image(spec, defaults, c);
    let parameters = parameters(spec, defaults, c);
    let database = or(&spec.database, &defaults.cluster.database);
    c.take("spec.database", check_database(&database));
    if spec
        .userlabels
        .get(labels::STORAGE_TYPE)
        .is_some_and(|kind| kind.contains("s3"))
    {
        c.add(
            "spec.userlabels",
            "backrest-storage-type s3 is not available yet: leave it out or set it to local",
        );
    }
    complaints.none_or(|| {
        Some(ValidCluster {
            name: name?,
            namespace: cluster.metadata.namespace.clone().unwrap_or_default(),
            uid: cluster.metadata.uid.clone().unwrap_or_default(),
            image,
            repository_image: format!(
                "{}/pgo-backrest-repo:{}",
                defaults.pgo.image_prefix, defaults.pgo.image_tag
            ),
            ports,
            user,
            database,
            logins: logins?,
            password_length: usize::try_from(defaults.cluster.password_length).unwrap_or(32),
            primary_storage: primary_storage?,
            replica_storage: replica_storage?,
            replica_storage_spec: or_else(&spec.replica_storage, || {
                named_storage(defaults, &defaults.replica_storage)
            }),
            repository_storage: repository_storage?,
            resources,
            replicas,
            labels: labels::usable(&spec.userlabels),
            anti_affinity: anti_affinity.unwrap_or(defaults.cluster.anti_affinity),
            synchronous: spec.sync_replication.unwrap_or(defaults.cluster.sync_replication),
            autofail: autofail(cluster, defaults),
            node_label: node_label.or_else(|| defaults.cluster.primary_node_label.clone()),
            replica_node_label: defaults.cluster.replica_node_label.clone(),
            custom_config,
            service_type,
            parameters,
            replica_reinit: !defaults.cluster.disable_replica_reinit,
        })
    })
}

/// Understands a replica of a cluster, or says everything that is wrong with it.
pub fn validate_replica(replica: &Pgreplica, cluster: &ValidCluster) -> Result<ValidReplica, Vec<Complaint>> {
    let spec = &replica.spec;
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let name = replica.metadata.name.clone().unwrap_or_default();
    if name == cluster.name.as_str() {
        c.add(
            "metadata.name",
            format!("\"{name}\" is the name of the cluster itself: choose another name"),
        );
    } else if taken(&cluster.name).contains(&name) {
        c.add(
            "metadata.name",
            format!("\"{name}\" is the name of another part of the cluster: choose another name"),
        );
    } else if !names::is_dns_label(&name) {
        c.add(
            "metadata.name",
            format!("\"{name}\" is not a DNS label: use lower-case letters, digits and \"-\""),
        );
    }
    if !spec.name.is_empty() && spec.name != name {
        c.add(
            "spec.name",
            format!(
                "is \"{}\", but the object is named \"{name}\": leave it out or make them equal",
                spec.name
            ),
        );
    }
    let storage = if spec.replicastorage == StorageSpec::default() {
        Some(cluster.replica_storage.clone())
    } else {
        understood(c, "spec.replicastorage", &spec.replicastorage)
    };
    let resources = if spec.containerresources.limitscpu.is_empty() {
        cluster.resources.clone()
    } else {
        resources(c, "spec.containerresources", &spec.containerresources)
    };
    let node_label = node_label(&spec.userlabels, "spec.userlabels", c);
    let image_tag = spec
        .userlabels
        .get(labels::IMAGE_TAG)
        .filter(|tag| !tag.is_empty())
        .cloned();
    if let Some(tag) = &image_tag {
        c.take("spec.userlabels", check_tag(tag));
    }
    complaints.none_or(|| {
        Some(ValidReplica {
            name: InstanceName::new(name),
            uid: replica.metadata.uid.clone().unwrap_or_default(),
            storage: storage?,
            resources,
            node_label: node_label.or_else(|| cluster.replica_node_label.clone()),
            image_tag,
        })
    })
}

/// Names of Deployments and claims that a replica must not take.
fn taken(cluster: &ClusterName) -> [String; 4] {
    [
        cluster.repository(),
        cluster.repository_claim(),
        cluster.replica_service(),
        format!("{cluster}-pgbouncer"),
    ]
}

/// The user's label wins over the operator's default.
fn autofail(cluster: &Pgcluster, defaults: &Defaults) -> bool {
    let label = cluster
        .metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(labels::AUTOFAIL));
    label.map_or(!defaults.cluster.disable_autofail, |value| value != "false")
}

/// Checks the name of the ordinary user: it becomes part of the name of a Secret.
pub fn check_user(user: &str) -> Result<(), String> {
    if user == names::SUPERUSER || user == names::REPLICATION_USER {
        return Err(format!(
            "\"{user}\" is a user that every cluster has already: choose another name"
        ));
    }
    if user.len() > 63 || !names::is_dns_subdomain(user) {
        return Err(format!(
            "\"{user}\" cannot be part of the name of a Secret: use lower-case letters, digits, \"-\" and \".\""
        ));
    }
    Ok(())
}

fn check_database(database: &str) -> Result<(), String> {
    if database.len() > 63 || database.chars().any(char::is_control) {
        return Err("is longer than 63 bytes or has control characters: choose another name".into());
    }
    if ["template0", "template1"].contains(&database) {
        return Err(format!(
            "\"{database}\" belongs to PostgreSQL itself: choose another name"
        ));
    }
    Ok(())
}

fn check_object_name(name: &str) -> Result<String, String> {
    let usable = names::is_dns_subdomain(name);
    usable
        .then(|| name.to_owned())
        .ok_or_else(|| format!("\"{name}\" cannot be the name of an object"))
}

fn check_tag(tag: &str) -> Result<(), String> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let usable = tag.len() <= 128 && tag.starts_with(first) && tag.chars().all(other);
    usable.then_some(()).ok_or_else(|| {
        format!("\"{tag}\" cannot be the tag of an image: use letters, digits, \"_\", \".\" and \"-\"")
    })
}

fn image(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> DatabaseImage {
    let name = or(&spec.ccpimage, "crunchy-postgres-ha");
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
    if !name.chars().all(usable) {
        complaints.add(
            "spec.ccpimage",
            format!("\"{name}\" cannot be the name of an image: give it without registry and tag"),
        );
    }
    let tag = or(&spec.ccpimagetag, &defaults.cluster.image_tag);
    complaints.take("spec.ccpimagetag", check_tag(&tag));
    DatabaseImage {
        name: format!("{}/{name}", defaults.cluster.image_prefix),
        tag,
    }
}

fn ports(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> Ports {
    let mut port = |field: &str, text: &str, default: u16| match text.parse() {
        _ if text.is_empty() => default,
        Ok(number) if number > 0 => number,
        _ => {
            complaints.add(
                field,
                format!("\"{text}\" is not a port: give a number from 1 to 65535"),
            );
            default
        }
    };
    let ports = Ports {
        postgres: port("spec.port", &spec.port, defaults.cluster.port),
        badger: port(
            "spec.pgbadgerport",
            &spec.pgbadgerport,
            defaults.cluster.badger_port,
        ),
        exporter: port(
            "spec.exporterport",
            &spec.exporterport,
            defaults.cluster.exporter_port,
        ),
    };
    let mut seen = TAKEN_PORTS.to_vec();
    for (field, number) in [
        ("spec.port", ports.postgres),
        ("spec.pgbadgerport", ports.badger),
        ("spec.exporterport", ports.exporter),
    ] {
        if seen.contains(&number) {
            complaints.add(
                field,
                format!("port {number} is already used by the cluster: choose another one"),
            );
        }
        seen.push(number);
    }
    ports
}

fn logins(spec: &PgclusterSpec, name: &ClusterName, user: &str, complaints: &mut Complaints) -> Logins {
    let mut secret = |field: &str, given: &str, made: String| {
        optional(complaints, field, given, check_object_name).unwrap_or(made)
    };
    let logins = Logins {
        superuser: secret(
            "spec.rootsecretname",
            &spec.rootsecretname,
            name.superuser_secret(),
        ),
        replication: secret(
            "spec.primarysecretname",
            &spec.primarysecretname,
            name.replication_secret(),
        ),
        user: secret(
            "spec.usersecretname",
            &spec.usersecretname,
            name.user_secret(user),
        ),
    };
    if logins.superuser == logins.replication
        || logins.superuser == logins.user
        || logins.replication == logins.user
    {
        complaints.add(
            "spec.usersecretname",
            "each user needs a Secret of its own: give three different names",
        );
    }
    logins
}

fn replica_count(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> u32 {
    if spec.replicas.is_empty() {
        return defaults.cluster.replicas;
    }
    match spec.replicas.parse() {
        Ok(count) if count <= MOST_REPLICAS => count,
        _ => {
            complaints.add(
                "spec.replicas",
                format!(
                    "\"{}\" is not a number of replicas: give one from 0 to {MOST_REPLICAS}",
                    spec.replicas
                ),
            );
            0
        }
    }
}

fn service_type(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> String {
    match spec.userlabels.get(labels::SERVICE_TYPE).map(String::as_str) {
        None | Some("") => defaults.cluster.service_type.clone(),
        Some(known @ ("ClusterIP" | "NodePort" | "LoadBalancer")) => known.to_owned(),
        Some(other) => {
            complaints.add(
                "spec.userlabels",
                format!("service-type \"{other}\" is not known: give ClusterIP, NodePort or LoadBalancer"),
            );
            String::new()
        }
    }
}

fn node_label(labels: &Labels, about: &str, complaints: &mut Complaints) -> Option<NodeLabel> {
    let half = |key| labels.get(key).map(String::as_str).unwrap_or_default();
    match (half(labels::NODE_LABEL_KEY), half(labels::NODE_LABEL_VALUE)) {
        ("", "") => None,
        (key, value) => complaints.take(about, NodeLabel::new(key, value)),
    }
}

fn parameters(
    spec: &PgclusterSpec,
    defaults: &Defaults,
    complaints: &mut Complaints,
) -> Vec<(&'static str, String)> {
    let given = spec
        .userlabels
        .get(labels::ARCHIVE_TIMEOUT)
        .filter(|seconds| !seconds.is_empty());
    let archive_timeout = given
        .cloned()
        .unwrap_or_else(|| defaults.cluster.archive_timeout.to_string());
    if archive_timeout.parse::<u32>().is_err() {
        complaints.add(
            "spec.userlabels",
            format!("archive-timeout \"{archive_timeout}\" is not a number of seconds"),
        );
    }
    vec![
        ("archive_timeout", archive_timeout),
        (
            "log_min_duration_statement",
            defaults.cluster.log_min_duration_statement.clone(),
        ),
        ("log_statement", defaults.cluster.log_statement.clone()),
    ]
}

/// All four or nothing, as in version 4.2.
fn resources(complaints: &mut Complaints, about: &str, spec: &ContainerResources) -> Option<Resources> {
    let mut amount = |field: &str, text: &str| {
        let amount = quantity::canonical(text);
        if amount.is_none() && !text.is_empty() {
            complaints.add(
                format!("{about}.{field}"),
                format!("\"{text}\" is not a Kubernetes quantity: write for example 512Mi or 0.5"),
            );
        }
        amount
    };
    let requests_memory = amount("requestsmemory", &spec.requestsmemory);
    let requests_cpu = amount("requestscpu", &spec.requestscpu);
    let limits_memory = amount("limitsmemory", &spec.limitsmemory);
    let limits_cpu = amount("limitscpu", &spec.limitscpu);
    Some(Resources {
        requests_memory: requests_memory?,
        requests_cpu: requests_cpu?,
        limits_memory: limits_memory?,
        limits_cpu: limits_cpu?,
    })
}

fn storage_of(
    complaints: &mut Complaints,
    about: &str,
    spec: &StorageSpec,
    defaults: &Defaults,
    default: &str,
) -> Option<Storage> {
    understood(
        complaints,
        about,
        &or_else(spec, || named_storage(defaults, default)),
    )
}

fn named_storage(defaults: &Defaults, name: &str) -> StorageSpec {
    defaults.storage(name).cloned().unwrap_or_default()
}

fn understood(complaints: &mut Complaints, about: &str, spec: &StorageSpec) -> Option<Storage> {
    match storage::validate(spec) {
        Ok(storage) => Some(storage),
        Err(sentences) => {
            sentences
                .into_iter()
                .for_each(|sentence| complaints.add(about, sentence));
            None
        }
    }
}

/// Version 4.2 fills `name` in after the claim exists; alone it says nothing about what is wanted.
fn or_else(spec: &StorageSpec, default: impl FnOnce() -> StorageSpec) -> StorageSpec {
    let silent = StorageSpec {
        name: spec.name.clone(),
        ..StorageSpec::default()
    };
    if *spec == silent { default() } else { spec.clone() }
}

fn or(text: &str, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text.to_owned()
    }
}

fn optional<T>(
    complaints: &mut Complaints,
    about: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    if text.is_empty() {
        None
    } else {
        complaints.take(about, parse(text))
    }
}

#[cfg(test)]
mod tests;
