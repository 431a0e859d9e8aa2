//! Carries a plan out.
//!
//! The order: the finalizer is held, what workloads need is written (all of it at the same time), then workloads, then
//! the one action, and at the very end the finalizer is released. Every write is idempotent or guarded, so that
//! dying between any two of them, or planning from a view that was behind, costs a repetition and nothing else.
//!
//! A write that is refused ends the pass, but for a deletion: that may be what makes room.

use futures::future::join_all;
use pgo_crd::Pgcluster;
use pgo_plan::plan::{Action, Desired, Finalizer, Plan};

use crate::call::{Kube, place};
use crate::differs::Wish;
use crate::error::{Error, ObjectName, Verb};
use crate::kind::Kept;
use crate::outcome::Outcome;

impl Kube {
    /// Writes what differs from the plan. Never fails: what went wrong is part of the outcome.
    pub async fn apply(&self, cluster: &Pgcluster, plan: &Plan) -> Outcome {
        // Statuses and events are for `record`; a new field of a plan does not compile until someone carries it out.
        let Plan {
            objects,
            requires,
            action,
            finalizer,
            labels,
            status: _,
            replicas: _,
            tasks: _,
            waiting_on: _,
            events: _,
            next: _,
        } = plan;
        let (mut outcome, free) = tokio::join!(
            self.hold(cluster, *finalizer, labels),
            self.check_names(cluster, objects)
        );
        let held = outcome.is_complete();
        if let Err(error) = free {
            outcome.failure.get_or_insert(error);
        }
        if outcome.is_complete()
            && let Err(error) = self
                .check_requirements(cluster, requires, objects, &outcome)
                .await
        {
            outcome.failure = Some(error);
        }
        if outcome.is_complete() {
            outcome.merge(self.write(objects).await);
        }
        if let Some(action) = action
            && held
            && may_act(&outcome, action)
        {
            outcome.merge(self.act(cluster, action).await);
        }
        if outcome.is_complete() && *finalizer == Finalizer::Release {
            outcome.merge(self.release(cluster).await);
        }
        outcome
    }

    /// Writes what should exist. A new kind of object does not compile until it has a place here.
    async fn write(&self, wanted: &Desired) -> Outcome {
        let Desired {
            secrets,
            config_maps,
            services,
            endpoint_slices,
            claims,
            replicas,
            jobs,
            deployments,
        } = wanted;
        // None of these needs another one; all of them are needed by workloads. A pod that starts before its
        // Secrets exist waits for kubelet's back-off, which is why workloads come after.
        let (mut outcome, config_maps, services, endpoint_slices, claims, lost) = tokio::join!(
            self.create_absent_secrets(secrets, jiff::Timestamp::now()),
            self.apply_all(config_maps),
            self.apply_all(services),
            self.create_absent(endpoint_slices),
            self.create_absent(claims),
            self.miss_secrets(secrets),
        );
        for one in [config_maps, services, endpoint_slices, claims] {
            outcome.merge(one);
        }
        if outcome.is_complete() {
            let (replicas, jobs, deployments) = tokio::join!(
                self.create_absent(replicas),
                self.create_absent(jobs),
                self.apply_all(deployments),
            );
            for one in [replicas, jobs, deployments] {
                outcome.merge(one);
            }
        }
        // What runs does not need it, so it keeps nothing from being written.
        outcome.merge(lost);
        outcome
    }

    /// Makes objects equal to the wish where they differ, all at once.
    async fn apply_all<K: Kept>(&self, wanted: &[K]) -> Outcome {
        let fates = join_all(wanted.iter().map(|object| self.apply_one(object))).await;
        let mut outcome = Outcome::default();
        for (object, fate) in wanted.iter().zip(fates) {
            outcome.note(Verb::Apply, object, fate);
        }
        outcome
    }

    async fn apply_one<K: Kept>(&self, wanted: &K) -> Result<bool, Error> {
        let (namespace, name) = place(wanted);
        let broken = |error: serde_json::Error| Error::Content {
            object: ObjectName::of::<K>(&namespace, &name),
            reason: error.to_string(),
        };
        let wish = Wish::new(wanted).map_err(broken)?;
        let there = K::store(&self.caches).get(&namespace, &name);
        let differs = there
            .map(|there| wish.differs(there.as_ref()))
            .transpose()
            .map_err(broken)?;
        if differs == Some(false) {
            return Ok(false);
        }
        self.apply_value::<K>(&namespace, &name, &wish.value).await?;
        Ok(true)
    }
}

/// Whether an action may be carried out after what became of the writes before it.
///
/// A deletion needs nothing that they made, and each of its objects is named by its uid. So a quota that refuses one
/// replica's volume does not keep another replica from going.
fn may_act(outcome: &Outcome, action: &Action) -> bool {
    match (&outcome.failure, action) {
        (None, _) => true,
        (Some(failure), Action::Delete(_)) => {
            // The view was old, and what it said should go may be wanted by now.
            !matches!(failure, Error::Outdated { .. })
        }
        (Some(_), Action::Replace { .. } | Action::Renew { .. } | Action::Mark { .. }) => false,
    }
}

#[cfg(test)]
mod tests;
