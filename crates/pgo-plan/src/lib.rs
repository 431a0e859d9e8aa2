//! Given what was asked and what was seen: what should exist, and what happens next. Pure.
//!
//! Nothing here reads a clock, draws a random number or awaits anything; all of that rides in or out as a value.
//! Start reading at [`plan()`]; then [`workflow`].

#![warn(missing_docs)]

pub mod complaint;
mod condition;
pub mod cron;
pub mod defaults;
pub mod desired;
pub mod event;
pub mod labels;
pub mod names;
pub mod observed;
pub mod orphan;
pub mod plan;
pub mod policy;
pub mod quantity;
pub mod secret;
pub mod selector;
mod status;
pub mod task;
pub mod valid;
pub mod workflow;

use pgo_crd::Pgcluster;

pub use crate::complaint::Complaint;
pub use crate::defaults::Defaults;
pub use crate::observed::Observed;
use crate::plan::Finalizer;
pub use crate::plan::Plan;
use crate::workflow::bootstrap::{self, Bootstrap};
use crate::workflow::{Pass, remove, renew, rolling, scale, take_over};

/// Decides what one pass over a cluster does. Cannot fail: a specification that makes no sense, or a new cluster of
/// which nobody knows what data it shall have, gives a plan that says so and wants nothing, so that what runs keeps
/// running.
pub fn plan(cluster: &Pgcluster, defaults: &Defaults, observed: &Observed) -> Plan {
    if let Some(removal) = remove::plan(cluster, observed) {
        return removal;
    }
    let mut plan = workflow::nothing(cluster);
    let valid = match valid::validate(cluster, defaults) {
        Ok(valid) => valid,
        Err(complaints) => {
            status::reject(cluster, "Invalid", &complaints, observed, &mut plan);
            return plan;
        }
    };
    let valid = match take_over::choose(valid, cluster, observed) {
        Ok(valid) => valid,
        Err(complaint) => {
            status::reject(cluster, "Undecided", &[complaint], observed, &mut plan);
            return plan;
        }
    };
    let pass = Pass {
        object: cluster,
        cluster: &valid,
        seen: observed,
    };
    let phase = Bootstrap::observe(&pass);
    plan.finalizer = Finalizer::Hold;
    plan.labels = status::labels(&pass);
    bootstrap::contribute(&pass, phase, &mut plan);
    let replicas = scale::contribute(&pass, phase, &mut plan);
    rolling::take_turns(&pass, &mut plan);
    remove::discard_old_requests(&pass, &mut plan);
    workflow::refuse_others(&pass, &mut plan);
    renew::contribute(&pass, &mut plan);
    status::describe(&pass, phase, &replicas, &mut plan);
    plan
}
