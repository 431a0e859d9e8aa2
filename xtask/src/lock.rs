//! Two verbs that change the same things take turns.

use std::fs::File;

use anyhow::{Context as _, Result};
use rustix::fs::{FlockOperation, flock};

use crate::{paths, say};

/// Holds the turn until it is dropped, or the process ends.
pub(crate) struct Turn(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

/// Waits for the turn, and says so when it has to.
pub(crate) fn take() -> Result<Turn> {
    let state = paths::state()?;
    std::fs::create_dir_all(&state).with_context(|| state.display().to_string())?;
    // Beside the state directory, which `down` removes.
    let path = state.with_extension("lock");
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        say::note("another `make` is at work on the same installation: waiting for it");
        flock(&file, FlockOperation::LockExclusive).with_context(|| path.display().to_string())?;
    }
    Ok(Turn(file))
}
