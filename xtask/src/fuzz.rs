//! `fuzz`: the property tests of everything that reads what strangers send, for hours instead of seconds.
//!
//! Their names begin with `any_`; `check` runs a few hundred cases of each. A case that fails is printed as small as it
//! can be made, and ends the run.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::build;
use crate::say;

/// The crates with parsers of what somebody else wrote.
const CRATES: [&str; 6] = [
    "pgo",
    "pgo-api",
    "pgo-apiserver",
    "pgo-plan",
    "pgo-postgres",
    "pgo-tls",
];
/// Cases of each test in a round, after which the time is looked at.
const CASES: &str = "20000";

/// `cargo xtask fuzz`
pub(crate) fn run(length: Duration) -> Result<()> {
    let until = Instant::now() + length;
    let mut rounds = 0;
    while rounds == 0 || Instant::now() < until {
        let crates = CRATES.iter().flat_map(|name| ["--package", *name]);
        build::cargo()?
            .env("PROPTEST_CASES", CASES)
            .args(["test", "--quiet", "--locked", "--profile", "fuzz"])
            .args(crates)
            .args(["any_"])
            .show()
            .context("fuzz")?;
        rounds += 1;
    }
    say::print(format_args!(
        "fuzz: {rounds} rounds of {CASES} cases found nothing"
    ));
    Ok(())
}
