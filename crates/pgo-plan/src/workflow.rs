//! What happens next. One workflow at a time may act on a cluster, by this precedence:
//!
//! 1. [`remove`]: the cluster goes. Nothing else is planned then.
//! 2. [`bootstrap`]: the cluster is brought to life, with what an earlier one has left ([`take_over`]).
//! 3. [`scale`]: replicas come and go.
//! 4. [`rolling`]: running instances take a new form, one after another.
//! 5. [`renew`]: certificates are replaced before they end.
//!
//! Workflows that only describe what should exist contribute in every pass; the precedence is about actions.

pub mod bootstrap;
pub mod remove;
pub mod renew;
pub mod rolling;
pub mod scale;
pub mod take_over;

use jiff::{SignedDuration, Timestamp};
use pgo_crd::{Pgcluster, PgclusterStatus};

use crate::event::{Event, Reason};
use crate::observed::Observed;
use crate::plan::{Action, Desired, Finalizer, Next, Plan, WaitingOn};
use crate::task::{self, TaskRequest};
use crate::valid::ValidCluster;

/// What one pass knows.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    /// The object as it was read.
    pub(crate) object: &'a Pgcluster,
    /// The same, understood.
    pub(crate) cluster: &'a ValidCluster,
    /// What exists.
    pub(crate) seen: &'a Observed,
}

impl Pass<'_> {
    /// The status that an earlier pass wrote.
    pub(crate) fn before(&self) -> PgclusterStatus {
        self.object.status.clone().unwrap_or_default()
    }
}

/// A plan that wants nothing.
pub(crate) fn nothing(object: &Pgcluster) -> Plan {
    Plan {
        objects: Desired::default(),
        requires: Vec::new(),
        action: None,
        finalizer: Finalizer::Leave,
        labels: std::collections::BTreeMap::new(),
        status: object.status.clone().unwrap_or_default(),
        replicas: std::collections::BTreeMap::new(),
        tasks: std::collections::BTreeMap::new(),
        waiting_on: Vec::new(),
        events: Vec::new(),
        next: Next::AwaitChange,
    }
}

/// The only way to write a condition for something to exist: what already runs is never stopped because an earlier
/// condition blinked.
pub(crate) fn gate(open_when: bool, already: bool) -> bool {
    open_when || already
}

/// Says of a request that no workflow of this version answers that nothing will come of it.
pub(crate) fn refuse_others(pass: &Pass<'_>, plan: &mut Plan) {
    let others = pass.seen.tasks.iter().filter(|task| {
        TaskRequest::from(*task) == TaskRequest::Other && task.metadata.deletion_timestamp.is_none()
    });
    for task in others {
        let (reason, why) = task::not_available(task);
        scale::refuse(pass, task, reason, &why, plan);
    }
}

impl Plan {
    /// Takes the action unless a workflow of higher precedence has one.
    pub(crate) fn act(&mut self, action: Action) {
        self.action.get_or_insert(action);
    }

    /// Remembers why nothing more happens now.
    pub(crate) fn wait(&mut self, reason: WaitingOn) {
        self.waiting_on.push(reason);
    }

    /// Looks again at this time at the latest.
    pub(crate) fn look_again(&mut self, time: Timestamp) {
        self.next = match self.next {
            Next::At(earlier) if earlier <= time => Next::At(earlier),
            _ => Next::At(time),
        };
    }

    /// Tells the world.
    pub(crate) fn tell(&mut self, reason: Reason, note: impl Into<String>) {
        let note = note.into();
        self.events.push(Event { reason, note });
    }
}

/// How long to wait after an attempt that failed: 5 s, doubled each time, at most 5 minutes.
pub(crate) fn back_off(attempt: u32) -> SignedDuration {
    let doubled = 5_i64.saturating_mul(1 << attempt.saturating_sub(1).min(10));
    SignedDuration::from_secs(doubled.min(300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_but_never_stop() {
        let waits: Vec<_> = (1..=9).map(|attempt| back_off(attempt).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(back_off(u32::MAX).as_secs(), 300);
    }
}
