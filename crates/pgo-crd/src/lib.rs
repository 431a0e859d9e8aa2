//! The custom resources of pgo as users write them, and nothing about what they cause.
//!
//! Group `crunchydata.com`, version `v1`. Field names, and the habit of writing numbers as strings, are those of
//! version 4.2, so that existing manifests and clients keep working. Every field of a spec may be left out.

#![warn(missing_docs)]
#![expect(
    clippy::duplicated_attributes,
    reason = "the lint does not see that every printcolumn is an attribute of its own"
)]

mod cluster;
mod policy;
mod replica;
mod resources;
mod schema;
mod status;
mod storage;
mod task;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;

pub use cluster::{BornWith, Pgcluster, PgclusterSpec, PgclusterStatus, StandingDefaults};
pub use policy::{Pgpolicy, PgpolicySpec, PgpolicyStatus};
pub use replica::{Pgreplica, PgreplicaSpec, PgreplicaStatus};
pub use resources::ContainerResources;
pub use status::{Condition, state};
pub use storage::StorageSpec;
pub use task::{Pgtask, PgtaskSpec, PgtaskStatus};

/// The API group of every kind in this crate.
pub const GROUP: &str = "crunchydata.com";
/// The API version of every kind in this crate.
pub const VERSION: &str = "v1";

/// Lists the definitions that must exist before any of these objects can.
pub fn crds() -> Vec<CustomResourceDefinition> {
    vec![Pgcluster::crd(), Pgreplica::crd(), Pgtask::crd(), Pgpolicy::crd()]
}
