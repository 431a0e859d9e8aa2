//! The whole program, against a server that speaks recorded answers: exit code, stdout, stderr and what was sent.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod conversation;
mod run;
mod stub;
mod terminal;

mod backup;
mod benchmark;
mod cluster;
mod exit;
mod failure;
mod files;
mod general;
mod label;
mod namespace;
mod operations;
mod output;
mod pgbouncer;
mod pgouser;
mod policy;
mod scale;
mod schedule;
mod tls;
mod user;
mod wait;
mod watch;

use conversation::{answered, observed, sends};
use run::Pgo;
use stub::{Answer, Stub};

/// A recorded answer of the specification.
macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../../pgo-api/tests/golden/", $name))
    };
}
use recorded;
