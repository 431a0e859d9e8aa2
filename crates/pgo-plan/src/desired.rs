//! What should exist, one file per component. Plain functions from a valid cluster to typed objects.
//!
//! Only fields that we want are set, in the form in which the API server gives them back, so that a comparison of a
//! wish with what exists finds no difference that nobody made.

pub mod config;
pub mod instance;
pub mod job;
pub mod namespace;
pub mod pod;
pub mod replica;
pub mod repository;
pub mod secret;
pub mod service;
pub mod volume;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::labels::Labels;
use crate::valid::ValidCluster;

/// Patroni's REST API.
pub const PATRONI_PORT: u16 = 8009;
/// pgBackRest's TLS server.
pub const PGBACKREST_PORT: u16 = 8432;
/// pgo-agent's HTTPS server.
pub const AGENT_PORT: u16 = 8010;
/// The uid of PostgreSQL in the images.
pub const POSTGRES_UID: i64 = 26;
/// The uid of pgBackRest's repository in the images.
pub const REPOSITORY_UID: i64 = 2000;

/// Metadata of an object that goes when its cluster goes.
pub(crate) fn owned(cluster: &ValidCluster, name: impl Into<String>, labels: Labels) -> ObjectMeta {
    ObjectMeta {
        owner_references: Some(vec![owner(cluster)]),
        ..kept(cluster, name, labels)
    }
}

/// Metadata of an object that outlives its cluster unless its removal is asked for: volumes and Secrets.
pub(crate) fn kept(cluster: &ValidCluster, name: impl Into<String>, labels: Labels) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.into()),
        namespace: Some(cluster.namespace.clone()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// A digest of what is wanted: two passes that want the same agree on it.
fn digest(wanted: &impl Serialize) -> String {
    // Typed objects can always be written.
    let text = serde_json::to_string(wanted).unwrap_or_default();
    let hash = Sha256::digest(text);
    let number = hash
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}

fn owner(cluster: &ValidCluster) -> OwnerReference {
    reference("Pgcluster", cluster.name.as_str(), &cluster.uid)
}

fn reference(kind: &str, name: &str, uid: &str) -> OwnerReference {
    OwnerReference {
        api_version: format!("{}/{}", pgo_crd::GROUP, pgo_crd::VERSION),
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: uid.to_owned(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}
