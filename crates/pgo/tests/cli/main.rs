//! The whole program, against a server that speaks recorded answers: exit code, stdout, stderr and what was sent.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod run;
mod stub;

mod cluster;
mod failure;
mod general;
mod output;
mod scale;
mod tls;
mod wait;

use run::Pgo;
use stub::{Answer, Stub};

/// A recorded answer of the specification.
macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../../pgo-api/tests/golden/", $name))
    };
}
use recorded;
