//! The operator's configuration as a value: `pgo.yaml`, and beside it `postgres-ha.yaml`.
//!
//! Reading reports every mistake at once, each with its line. Keys that pgo does not know are ignored with a warning;
//! version 4.2 ignored them in silence.

mod files;
mod images;
mod in_force;
mod keys;
mod postgres_ha;
mod read;
mod remark;
mod section;

use std::collections::BTreeMap;

use pgo_crd::{ContainerResources, StorageSpec};
use pgo_postgres::patroni::custom::Custom;
use serde::Serialize;

pub use self::files::{CONFIG_MAP, Configuration};
pub use self::images::Images;
pub use self::in_force::{Change, Files, InForce};
pub use self::keys::{Key, Kind, MAPPINGS, Mapping, Standing};
pub use self::remark::{Remark, joined, joined_within};
use crate::valid::{AntiAffinity, NodeLabel};

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
    /// What means nothing any more.
    pub idle: Idle,
    /// What the installation says about PostgreSQL and Patroni, besides the keys of `Cluster`.
    #[serde(skip)]
    pub postgres_ha: Custom,
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
    /// `log_min_duration_statement` in milliseconds; -1 is never.
    pub log_min_duration_statement: i32,
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

/// Keys that mean nothing any more, as they are written: clients of version 4.2 are shown them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "they mean nothing")]
pub struct Idle {
    pub strategy: String,
    pub backrest: bool,
    pub backrest_port: u16,
    pub autofail_replace_replica: bool,
    pub enable_crunchyadm: bool,
    pub autofail_sleep_seconds: u32,
    pub default_rmdata_resources: String,
    pub default_backup_resources: String,
}

impl Defaults {
    /// Reads a `pgo.yaml`, or says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Remark>> {
        read::read(text).map(|(defaults, _)| defaults)
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

#[cfg(test)]
mod tests;
