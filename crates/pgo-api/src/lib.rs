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

mod backup;
mod basebackup;
mod benchmark;
mod catalogue;
mod clone;
mod cluster;
mod config;
mod df;
mod dump;
mod failover;
mod file;
mod label;
mod list;
mod load;
mod namespace;
mod nothing;
mod openapi;
mod pgbackup;
mod pgbouncer;
mod pgorole;
mod pgouser;
mod policy;
mod pvc;
mod reload;
mod restore;
mod scale;
mod schedule;
mod status;
mod upgrade;
mod user;
mod version;
mod workflow;

pub use backup::*;
pub use basebackup::*;
pub use benchmark::*;
pub use call::{Call, Description, Method, Route};
pub use catalogue::catalogue;
pub use clone::*;
pub use cluster::*;
pub use config::*;
pub use df::*;
pub use dump::*;
pub use encoded::{Decoded, EncodeError, Encoded, decode_request, encode_request};
pub use envelope::{Answer, DecodeError, Frame, Place, Reply, Status, to_json, to_pretty_json};
pub use failover::*;
pub use file::*;
pub use label::*;
pub use list::List;
pub use load::*;
pub use namespace::*;
pub use nothing::is_nothing;
pub use openapi::{OpenRoute, openapi};
pub use permission::{Permission, UnknownPermission};
pub use pgbackup::*;
pub use pgbouncer::*;
pub use pgorole::*;
pub use pgouser::*;
pub use policy::*;
pub use pvc::*;
pub use redacted::Redacted;
pub use reload::*;
pub use restore::*;
pub use scale::*;
pub use schedule::*;
pub use status::*;
pub use upgrade::*;
pub use user::*;
pub use version::*;
pub use workflow::*;

/// The objects that answers carry whole, with the type of their conditions.
pub use pgo_crd::{Condition, Pgcluster, Pgpolicy};
