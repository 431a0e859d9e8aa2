//! An orderly end of a primary, without the pauses that Patroni makes on the way.
//!
//! 1. A checkpoint is taken while clients are still served, so that the one at the end is short.
//! 2. Patroni is asked to stop, and stops PostgreSQL.
//! 3. When of PostgreSQL nothing is left but processes that cannot commit (the archiver may take its time), every
//!    replica has received everything: Patroni is killed and the leader lock given back. PostgreSQL ends in order.
//!
//! Patroni would give the lock back, too, but a second later, and a container that is stopped in a hurry may not have
//! that second. And as long as it lives, replicas ask it before one is promoted; while it stops it answers after a
//! second at the earliest, and two are waited for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tracing::{debug, info, warn};

use super::errand::Errand;
use super::leader::Release;
use super::session::Session;
use crate::process;
use crate::title::{Duty, duty};

/// Longest time for the checkpoint; the pod's grace period has to suffice for the rest.
const CHECKPOINT: Duration = Duration::from_secs(8);

/// Pause between two looks at the processes.
const LOOK: Duration = Duration::from_millis(10);

/// How long PostgreSQL's end is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is needed to hand the lock over.
pub(crate) struct Handover {
    pub(crate) errand: Errand,
    pub(crate) session: Arc<Session>,
    /// Patroni's process.
    pub(crate) patroni: i32,
    /// Whether this instance holds the lock.
    pub(crate) holds_lock: bool,
}

impl Handover {
    /// Stops PostgreSQL and Patroni, and gives the lock back as soon as that is safe.
    pub(crate) async fn run(self) {
        if self.holds_lock {
            let began = Instant::now();
            let done = self.session.checkpoint(CHECKPOINT).await;
            debug!(took = ?began.elapsed(), done, "checkpoint before the end");
        }
        let before = process::postmasters();
        process::signal(self.patroni, Signal::TERM);
        // With no postmaster, or several, Patroni is in the middle of something: it ends that in its own way.
        let ([postmaster], true) = (before.as_slice(), self.holds_lock) else {
            return;
        };
        let began = Instant::now();
        loop {
            tokio::time::sleep(LOOK).await;
            if began.elapsed() > PATIENCE {
                return info!("PostgreSQL is not down in time, the leader lock is not given back here");
            }
            let now = process::postmasters();
            if now.iter().any(|pid| pid != postmaster) {
                return;
            }
            if process::all()
                .iter()
                .filter(|process| process.is_postgres())
                .all(|process| process.pid == *postmaster || duty(&process.title()) == Duty::Keep)
            {
                break;
            }
        }
        process::signal(self.patroni, Signal::KILL);
        match self.errand.give_back().await {
            Ok(Release::Released) => {
                info!(took = ?began.elapsed(), "PostgreSQL is down, the leader lock was given back");
            }
            Ok(Release::NotOurs) => (),
            Err(error) => warn!(%error, "the leader lock could not be given back, it has to expire"),
        }
    }
}
