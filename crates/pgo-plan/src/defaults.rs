//! The operator's configuration (`pgo.yaml`) as a value.
//!
//! Parsing reports every mistake at once. Keys that pgo does not know are ignored, as version 4.2 did.

mod reader;

use std::collections::BTreeMap;

use pgo_crd::{ContainerResources, StorageSpec};
use pgo_postgres::yaml;
use serde::Serialize;
use serde_json::Value;

use self::reader::Section;
use crate::complaint::{Complaint, Complaints};
use crate::quantity;
use crate::valid::{AntiAffinity, NodeLabel, storage};

/// The configuration that applies where neither a ConfigMap nor a request says otherwise.
pub const BUILT_IN: &str = include_str!("defaults/built-in.yaml");

/// What applies when a request or a spec says nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Defaults {
    /// Whether the API server checks passwords.
    pub basic_auth: bool,
    /// Section `Cluster`.
    pub cluster: ClusterDefaults,
    /// Section `Pgo`.
    pub pgo: PgoDefaults,
    /// Name of the storage configuration for the first instance.
    pub primary_storage: String,
    /// Name of the storage configuration for replicas.
    pub replica_storage: String,
    /// Name of the storage configuration for logical backups.
    pub backup_storage: String,
    /// Name of the storage configuration for the repository.
    pub backrest_storage: String,
    /// Storage configurations by name.
    pub storage: BTreeMap<String, StorageSpec>,
    /// Resource configurations by name.
    pub resources: BTreeMap<String, ContainerResources>,
    /// Name of the resource configuration of database containers; may be empty.
    pub default_container_resources: String,
    /// Name of the resource configuration of loads; may be empty.
    pub default_load_resources: String,
    /// Name of the resource configuration of poolers; may be empty.
    pub default_pgbouncer_resources: String,
    /// Name of the resource configuration of pgBadger; may be empty.
    pub default_badger_resources: String,
}

/// Section `Cluster`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the switches of the file")]
pub struct ClusterDefaults {
    /// Registry and organisation of database images.
    pub image_prefix: String,
    /// Tag of database images.
    pub image_tag: String,
    /// Nodes that first instances prefer.
    pub primary_node_label: Option<NodeLabel>,
    /// Nodes that replicas prefer.
    pub replica_node_label: Option<NodeLabel>,
    /// SQL policies for clusters that name none, as a comma list.
    pub policies: String,
    /// `log_statement`.
    pub log_statement: String,
    /// `log_min_duration_statement` in milliseconds.
    pub log_min_duration_statement: String,
    /// Whether new clusters get the metrics exporter.
    pub metrics: bool,
    /// Whether new clusters get pgBadger.
    pub badger: bool,
    /// PostgreSQL's port.
    pub port: u16,
    /// pgBadger's port.
    pub badger_port: u16,
    /// The exporter's port.
    pub exporter_port: u16,
    /// Name of the ordinary user.
    pub user: String,
    /// Name of the ordinary user's database.
    pub database: String,
    /// How long generated passwords are valid.
    pub password_age_days: u32,
    /// How long generated passwords are, in characters.
    pub password_length: u32,
    /// How many replicas clusters are born with.
    pub replicas: u32,
    /// `archive_timeout` in seconds.
    pub archive_timeout: u32,
    /// Type of Services.
    pub service_type: String,
    /// S3 bucket of repositories; may be empty.
    pub s3_bucket: String,
    /// S3 endpoint of repositories; may be empty.
    pub s3_endpoint: String,
    /// S3 region of repositories; may be empty.
    pub s3_region: String,
    /// Whether new clusters do not fail over by themselves.
    pub disable_autofail: bool,
    /// Password of the monitoring user.
    #[serde(skip)]
    pub monitor_password: String,
    /// Whether a replica that does not start is left alone instead of being made anew.
    pub disable_replica_reinit: bool,
    /// Whether instances avoid each other.
    pub anti_affinity: AntiAffinity,
    /// Whether commits wait for a replica.
    pub sync_replication: bool,
}

/// Section `Pgo`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PgoDefaults {
    /// Nodes that are preferred as the target of a failover: a label selector; may be empty.
    pub preferred_failover_node: String,
    /// Whether the API server writes an audit line per request.
    pub audit: bool,
    /// Registry and organisation of pgo's own images.
    pub image_prefix: String,
    /// Tag of pgo's own images.
    pub image_tag: String,
}

impl Defaults {
    /// Reads a `pgo.yaml`, or says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Complaint>> {
        let value: Value =
            yaml::from_str(text).map_err(|error| vec![Complaint::new("pgo.yaml", error.to_string())])?;
        let mut complaints = Complaints::default();
        let defaults = read(&value, &mut complaints);
        complaints.none_or(|| Some(defaults))
    }

    /// What applies when there is no configuration at all.
    ///
    /// # Panics
    ///
    /// If [`BUILT_IN`] is wrong, which a test would show.
    pub fn built_in() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the text is part of the program and a test reads it"
        )]
        Self::parse(BUILT_IN).expect("the built-in configuration is right")
    }

    /// A storage configuration by name.
    pub fn storage(&self, name: &str) -> Option<&StorageSpec> {
        self.storage.get(name)
    }

    /// The storage of the repository; the first instance's when none of its own is configured.
    pub fn repository_storage(&self) -> StorageSpec {
        self.storage(&self.backrest_storage)
            .or_else(|| self.storage(&self.primary_storage))
            .cloned()
            .unwrap_or_default()
    }
}

fn read(value: &Value, complaints: &mut Complaints) -> Defaults {
    let root = Section::root(value, complaints);
    let storage = read_storage(&root.section("Storage", complaints), complaints);
    let resources = read_resources(&root.section("ContainerResources", complaints), complaints);
    let known_storage = |key: &str, complaints: &mut Complaints| {
        let name = root.required(key, complaints);
        if !name.is_empty() && !storage.contains_key(&name) {
            complaints.add(
                key,
                format!("\"{name}\" is not among the storage configurations: name one of them"),
            );
        }
        name
    };
    let known_resources = |key: &str, complaints: &mut Complaints| {
        let name = root.text(key, complaints);
        if !name.is_empty() && !resources.contains_key(&name) {
            complaints.add(
                key,
                format!("\"{name}\" is not among the ContainerResources: name one or leave it empty"),
            );
        }
        name
    };
    Defaults {
        basic_auth: root.text_or("BasicAuth", "true", complaints) != "false",
        cluster: read_cluster(&root.section("Cluster", complaints), complaints),
        pgo: read_pgo(&root.section("Pgo", complaints), complaints),
        primary_storage: known_storage("PrimaryStorage", complaints),
        replica_storage: known_storage("ReplicaStorage", complaints),
        backup_storage: known_storage("BackupStorage", complaints),
        backrest_storage: root.text("BackrestStorage", complaints),
        default_container_resources: known_resources("DefaultContainerResources", complaints),
        default_load_resources: known_resources("DefaultLoadResources", complaints),
        default_pgbouncer_resources: known_resources("DefaultPgbouncerResources", complaints),
        default_badger_resources: known_resources("DefaultBadgerResources", complaints),
        storage,
        resources,
    }
}

fn read_cluster(section: &Section<'_>, complaints: &mut Complaints) -> ClusterDefaults {
    let c = complaints;
    let anti_affinity = section.text_or("PodAntiAffinity", "preferred", c);
    ClusterDefaults {
        image_prefix: section.required("CCPImagePrefix", c),
        image_tag: section.required("CCPImageTag", c),
        primary_node_label: node_label(section, "PrimaryNodeLabel", c),
        replica_node_label: node_label(section, "ReplicaNodeLabel", c),
        policies: section.text("Policies", c),
        log_statement: section.one_of("LogStatement", "none", &["none", "ddl", "mod", "all"], c),
        log_min_duration_statement: read_milliseconds(section, "LogMinDurationStatement", c),
        metrics: section.switch("Metrics", c),
        badger: section.switch("Badger", c),
        port: port(section, "Port", 5432, c),
        badger_port: port(section, "PGBadgerPort", 10_000, c),
        exporter_port: port(section, "ExporterPort", 9187, c),
        user: read_user(section, c),
        database: section.text_or("Database", "userdb", c),
        password_age_days: section.number("PasswordAgeDays", 365, 1..=36_500, c),
        password_length: section.number("PasswordLength", 32, 8..=128, c),
        replicas: section.number("Replicas", 0, 0..=99, c),
        archive_timeout: section.number("ArchiveTimeout", 60, 0..=1_073_741_823, c),
        service_type: section.one_of(
            "ServiceType",
            "ClusterIP",
            &["ClusterIP", "NodePort", "LoadBalancer"],
            c,
        ),
        s3_bucket: section.text("BackrestS3Bucket", c),
        s3_endpoint: section.text("BackrestS3Endpoint", c),
        s3_region: section.text("BackrestS3Region", c),
        disable_autofail: section.switch("DisableAutofail", c),
        monitor_password: section.text_or("PgmonitorPassword", "password", c),
        disable_replica_reinit: section.switch("DisableReplicaStartFailReinit", c),
        anti_affinity: c
            .take(
                section.path("PodAntiAffinity"),
                AntiAffinity::parse(&anti_affinity),
            )
            .unwrap_or_default(),
        sync_replication: section.switch("SyncReplication", c),
    }
}

fn read_pgo(section: &Section<'_>, complaints: &mut Complaints) -> PgoDefaults {
    PgoDefaults {
        preferred_failover_node: section.text("PreferredFailoverNode", complaints),
        audit: section.switch("Audit", complaints),
        image_prefix: section.required("PGOImagePrefix", complaints),
        image_tag: section.required("PGOImageTag", complaints),
    }
}

/// -1 switches the log of slow statements off.
fn read_milliseconds(section: &Section<'_>, key: &str, complaints: &mut Complaints) -> String {
    let text = section.text_or(key, "60000", complaints);
    if text.parse::<i32>().is_ok_and(|number| number >= -1) {
        return text;
    }
    complaints.add(
        section.path(key),
        format!("\"{text}\" is not allowed: give milliseconds, or -1 for never"),
    );
    "60000".into()
}

fn read_user(section: &Section<'_>, complaints: &mut Complaints) -> String {
    let user = section.required("User", complaints);
    if !user.is_empty() {
        complaints.take(section.path("User"), crate::valid::check_user(&user));
    }
    user
}

fn read_storage(section: &Section<'_>, complaints: &mut Complaints) -> BTreeMap<String, StorageSpec> {
    let mut storages = BTreeMap::new();
    for name in section.keys() {
        let entry = section.section(name, complaints);
        let spec = StorageSpec {
            name: String::new(),
            storageclass: entry.text("StorageClass", complaints),
            accessmode: entry.text("AccessMode", complaints),
            size: entry.text("Size", complaints),
            storagetype: entry.text_or("StorageType", "emptydir", complaints),
            fsgroup: entry.text("Fsgroup", complaints),
            supplementalgroups: entry.text("SupplementalGroups", complaints),
            match_labels: entry.text("MatchLabels", complaints),
        };
        // An existing claim is named by the cluster, not here; everything else is checked as in a cluster.
        if spec.storagetype != "existing" {
            for sentence in storage::validate(&spec).err().unwrap_or_default() {
                complaints.add(section.path(name), sentence);
            }
        }
        storages.insert(name.to_owned(), spec);
    }
    storages
}

fn read_resources(
    section: &Section<'_>,
    complaints: &mut Complaints,
) -> BTreeMap<String, ContainerResources> {
    let mut all = BTreeMap::new();
    for name in section.keys() {
        let entry = section.section(name, complaints);
        let mut amount = |key: &str| {
            let text = entry.text(key, complaints);
            if !text.is_empty() && quantity::canonical(&text).is_none() {
                complaints.add(
                    entry.path(key),
                    format!("\"{text}\" is not a Kubernetes quantity: write for example 512Mi or 0.5"),
                );
            }
            text
        };
        let resources = ContainerResources {
            requestsmemory: amount("RequestsMemory"),
            requestscpu: amount("RequestsCPU"),
            limitsmemory: amount("LimitsMemory"),
            limitscpu: amount("LimitsCPU"),
        };
        all.insert(name.to_owned(), resources);
    }
    all
}

fn node_label(section: &Section<'_>, key: &str, complaints: &mut Complaints) -> Option<NodeLabel> {
    let text = section.text(key, complaints);
    if text.is_empty() {
        None
    } else {
        complaints.take(section.path(key), NodeLabel::parse(&text))
    }
}

fn port(section: &Section<'_>, key: &str, default: u16, complaints: &mut Complaints) -> u16 {
    let number = section.number(key, default.into(), 1..=65_535, complaints);
    u16::try_from(number).unwrap_or(default)
}

#[cfg(test)]
mod tests;
