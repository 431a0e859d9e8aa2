//! Every request and reply between `pgo` and the API server, with its route and permission.
//!
//! One message is one type with a [`Call`] implementation: route, permission, checks and reply stand together, so the
//! server, the client and the documentation cannot drift apart. The wire is that of version 4.2, oddities included;
//! this crate knows the oddities of *form* (letter case, flattened status, Go's habits of decoding) and nothing of
//! what a request causes.

#![warn(missing_docs)]

mod call;
mod encoded;
mod envelope;
mod lenient;
mod permission;
mod query;
mod redacted;

mod catalogue;
mod cluster;
mod pvc;
mod scale;
mod status;
mod version;
mod workflow;

pub use call::{Call, Description, Method, Route};
pub use catalogue::catalogue;
pub use cluster::*;
pub use encoded::{EncodeError, Encoded, decode_request, encode_request};
pub use envelope::{Answer, DecodeError, Place, Reply, Status, to_json, to_pretty_json};
pub use permission::{Permission, UnknownPermission};
pub use pvc::*;
pub use redacted::Redacted;
pub use scale::*;
pub use status::*;
pub use version::*;
pub use workflow::*;

/// The object that `show cluster` carries whole, with the type of its conditions.
pub use pgo_crd::{Condition, Pgcluster};
