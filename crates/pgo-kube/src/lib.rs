//! The only crate that awaits the Kubernetes API: observe, apply, act, record.
//!
//! It decides nothing about PostgreSQL. What it must never do: overwrite a Secret, delete an object without the uid
//! that it was told, write a spec of a user's resource.

#![warn(missing_docs)]

pub mod client;
mod error;

pub mod cache;
mod kind;
mod namespace;
mod namespaces;
mod scope;
mod store;
mod watch;

mod call;
mod differs;
mod follow;
mod label;

mod observe;

mod act;
mod apply;
mod certificate;
mod check;
mod claim;
mod once;
mod outcome;
mod secret;

mod record;

pub mod lease;

mod members;
mod office;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use call::Kube;
pub use error::{Error, ObjectName, Remedy, Verb, chain};
pub use follow::follow;
pub use kind::{Kept, KeptDeployment};
pub use members::Member;
pub use office::{CERTIFICATE, Holdings, Office};
pub use outcome::Outcome;
pub use scope::{Labelled, Scope};
pub use store::{Broken, ClusterRef, Memory, Store};
