//! What was asked, understood: a [`Pgcluster`] becomes a [`ValidCluster`] or all complaints about it at once.

mod admit;
mod born;
mod check;
mod effective;
mod load;
mod placement;
mod policy;
mod read;
mod replica;
pub mod storage;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pgo_crd::{Pgcluster, StandingDefaults, StorageSpec};
use pgo_postgres::parameter::Parameters;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::admit::{
    Admitted, NewCluster, NewReplica, Surroundings, admit, admit_replica, secrets, series,
};
pub(crate) use self::born::born_with;
pub use self::check::{
    check_backup_options, check_basebackup_options, check_benchmark_options, check_database,
    check_dump_options, check_dump_restore_options, check_image_prefix, check_label, check_labels,
    check_moment, check_object_name, check_password, check_path, check_restore_options, check_role,
    check_storage_types, check_tag, check_url, check_user,
};
pub use self::effective::effective;
pub use self::load::check_load;
pub use self::placement::{AntiAffinity, NodeLabel};
pub(crate) use self::policy::validate_policy;
pub use self::replica::{ValidReplica, validate_replica};
use self::storage::{Source, Storage};
use crate::complaint::{Complaint, Complaints};
use crate::defaults::Defaults;
use crate::labels::{self, Labels};
use crate::names::{ClusterName, InstanceName};

/// The most replicas a cluster may be born with.
pub const MOST_REPLICAS: u32 = 99;

/// The database image of clusters that name none, without registry and tag.
pub const DATABASE_IMAGE: &str = "crunchy-postgres-ha";

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
    /// The claim that the first instance runs from, unless its storage is ephemeral. Called like the instance, unless
    /// somebody else made it: the user, or an earlier cluster of this name (see [`crate::workflow::take_over`]).
    pub volume: String,
    /// Volume of the first instance.
    pub primary_storage: Storage,
    /// Volumes of replicas that name none.
    pub replica_storage: Storage,
    /// Volume of the repository.
    pub repository_storage: Storage,
    /// The three storages in the words of the specification.
    pub storage_specs: StorageSpecs,
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
    pub parameters: Parameters,
    /// Settings of Patroni that the operator decides otherwise than usual.
    pub patroni: Map<String, Value>,
    /// Whether a replica that does not start is made anew.
    pub replica_reinit: bool,
    /// The defaults that it lives with.
    pub standing: StandingDefaults,
    /// What the specification says that cannot be any more: the cluster was born otherwise.
    pub unchangeable: Vec<Complaint>,
}

impl ValidCluster {
    /// The volume of an instance, where its storage is one of our making.
    pub fn claim_of(&self, instance: &InstanceName) -> String {
        self.name.claim_of(instance, &self.volume)
    }
}

/// Which volumes the parts of a cluster get, in the words of the specification.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StorageSpecs {
    /// The first instance.
    pub primary: StorageSpec,
    /// Replicas that name none; those that the cluster is born with write it into their own spec.
    pub replica: StorageSpec,
    /// The repository.
    pub repository: StorageSpec,
}

/// The database image; a replica may have a tag of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseImage {
    /// Registry, organisation and name.
    pub name: String,
    /// Tag.
    pub tag: String,
}

impl DatabaseImage {
    /// The image of this name and tag in the registry of the configuration; an empty text means its default.
    pub fn named(name: &str, tag: &str, defaults: &Defaults) -> Self {
        let name = read::or(name, DATABASE_IMAGE);
        Self {
            name: format!("{}/{name}", defaults.cluster.image_prefix),
            tag: read::or(tag, &defaults.cluster.image_tag),
        }
    }

    /// The registry, `None` where Docker's own is meant, and the path of the repository there.
    pub fn address(&self) -> (Option<&str>, &str) {
        match self.name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, &self.name),
        }
    }
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

/// Understands a cluster, or says everything that is wrong with it. One that lives keeps what it was born with.
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
    let ports = read::ports(spec, defaults, c);
    let storage_specs = born::storage_specs(cluster, defaults);
    let primary_storage = read::understood(c, "spec.PrimaryStorage", &storage_specs.primary);
    let replica_storage = read::understood(c, "spec.ReplicaStorage", &storage_specs.replica);
    let repository_storage = read::understood(c, "spec.BackrestStorage", &storage_specs.repository);
    let standing = born::standing_defaults(cluster, defaults);
    let resources = read::resources(c, "spec.ContainerResources", read::resources_of(spec, &standing));
    let user = read::or(&spec.user, &defaults.cluster.user);
    let user = c.take("spec.user", check_user(&user)).map(|()| user);
    let logins = name
        .as_ref()
        .zip(user.as_ref())
        .map(|(name, user)| read::logins(spec, name, user, c));
    let replicas = read::replica_count(spec, defaults, c);
    let anti_affinity = read::optional(
        c,
        "spec.podPodAntiAffinity",
        &spec.pod_pod_anti_affinity,
        AntiAffinity::parse,
    );
    let service_type = read::service_type(spec, defaults, c);
    let node_label = read::node_label(&spec.userlabels, "spec.userlabels", c);
    let custom_config = read::optional(c, "spec.customconfig", &spec.customconfig, check_object_name);
    if let (Some(name), Some(custom)) = (&name, &custom_config) {
        c.take("spec.customconfig", read::check_custom_config(name, custom));
    }
    let image = read::image(spec, defaults, c);
    let parameters = read::parameters(spec, defaults, c);
    let database = read::or(&spec.database, &defaults.cluster.database);
    c.take("spec.database", check_database(&database));
    read::check_repository_kind(spec, c);
    let autofail = autofail(cluster, defaults, c);
    let valid = complaints.none_or(|| {
        let (name, primary_storage) = (name?, primary_storage?);
        Some(ValidCluster {
            volume: match &primary_storage.source {
                Source::Claim { .. } => name.first_instance().claim(),
                Source::Existing(claim) => claim.clone(),
                Source::Ephemeral => String::new(),
            },
            name,
            namespace: cluster.metadata.namespace.clone().unwrap_or_default(),
            uid: cluster.metadata.uid.clone().unwrap_or_default(),
            image,
            repository_image: format!(
                "{}/pgo-backrest-repo:{}",
                defaults.pgo.image_prefix, defaults.pgo.image_tag
            ),
            ports,
            user: user?,
            database,
            logins: logins?,
            password_length: usize::try_from(defaults.cluster.password_length).unwrap_or(32),
            primary_storage,
            replica_storage: replica_storage?,
            repository_storage: repository_storage?,
            storage_specs,
            resources,
            replicas,
            labels: labels::usable(&spec.userlabels),
            anti_affinity: anti_affinity.unwrap_or_else(|| {
                AntiAffinity::parse(&standing.pod_anti_affinity).unwrap_or(defaults.cluster.anti_affinity)
            }),
            synchronous: spec.sync_replication.unwrap_or(defaults.cluster.sync_replication),
            autofail,
            node_label: node_label.or_else(|| NodeLabel::parse(&standing.primary_node_label).ok()),
            replica_node_label: NodeLabel::parse(&standing.replica_node_label).ok(),
            standing,
            custom_config,
            service_type,
            parameters,
            patroni: defaults.postgres_ha.dynamic.clone(),
            replica_reinit: !defaults.cluster.disable_replica_reinit,
            unchangeable: Vec::new(),
        })
    })?;
    Ok(born::keep(valid, cluster))
}

/// The user's label wins over the operator's default.
fn autofail(cluster: &Pgcluster, defaults: &Defaults, complaints: &mut Complaints) -> bool {
    let labels = cluster.metadata.labels.as_ref();
    match labels
        .and_then(|labels| labels.get(labels::AUTOFAIL))
        .map(String::as_str)
    {
        None => !defaults.cluster.disable_autofail,
        Some("true") => true,
        Some("false") => false,
        Some(other) => {
            complaints.add(
                "metadata.labels.autofail",
                format!("\"{other}\" is not known: give true or false"),
            );
            true
        }
    }
}
