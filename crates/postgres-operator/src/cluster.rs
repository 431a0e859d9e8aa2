//! One pass over a cluster: observe, plan, apply, record.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgo_crd::Pgcluster;
use pgo_kube::{ClusterRef, Error, Outcome, Remedy, chain};
use pgo_plan::plan::{Next, Plan};
use tracing::{Instrument as _, debug, error, info, info_span, warn};

use crate::actors::Then;
use crate::context::Context;
use crate::{orphan, policy, stray};

/// Never waits shorter than this for a time that a plan names: it may lie in the past.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// How long to wait for the rest of a namespace.
const HALF_HEARD: Duration = Duration::from_millis(500);

/// Looks at whatever has this name, and does what is next.
pub(crate) async fn pass(context: Arc<Context>, name: ClusterRef) -> Then {
    if !context.kube.caches.heard_of(&name.namespace) {
        // To know half of a namespace is to plan what exists already. The other half is on its way.
        return Then::After(HALF_HEARD);
    }
    let caches = &context.kube.caches;
    let span = info_span!(
        "reconcile",
        namespace = name.namespace,
        cluster = name.name,
        generation = tracing::field::Empty
    );
    let fate = match caches.clusters.get(&name.namespace, &name.name) {
        Some(cluster) => {
            span.record("generation", cluster.metadata.generation);
            reconcile(&context, &name, &cluster)
                .instrument(span.clone())
                .await
        }
        None => orphan::pass(&context, &name).instrument(span.clone()).await,
    };
    // Whatever is with a policy or a request of that name, it keeps no cluster from its pass.
    let policy = policy::pass(&context, &name).instrument(span.clone()).await;
    let stray = stray::pass(&context, &name).instrument(span.clone()).await;
    let fate = fate.and_then(|then| policy.and(stray).map(|()| then));
    let _entered = span.enter();
    context.metrics.passed(&fate);
    fate.unwrap_or_else(|error| after_failure(&error))
}

async fn reconcile(context: &Context, name: &ClusterRef, cluster: &Pgcluster) -> Result<Then, Error> {
    if context.kube.caches.is_ending(&name.namespace) {
        context.kube.let_go(cluster).await?;
        return Ok(Then::AwaitChange);
    }
    let now = Timestamp::now();
    let observed = context.kube.observe(name, now);
    let plan = pgo_plan::plan(cluster, &context.defaults(), &observed);
    debug!(waiting_on = ?plan.waiting_on, next = ?plan.next, "planned");
    let outcome = context.kube.apply(cluster, &plan).await;
    log(&outcome);
    let recorded = context.kube.record(cluster, &plan, &outcome).await;
    for event in &plan.events {
        info!(reason = ?event.reason, note = event.note, "told");
    }
    let changed = outcome.changed_the_world();
    if let Some(failure) = outcome.failure {
        return Err(failure);
    }
    Ok(if changed | recorded? {
        Then::Again
    } else {
        next(&plan, now)
    })
}

/// One line for all that a pass wrote.
pub(crate) fn log(outcome: &Outcome) {
    if outcome.changed_the_world() {
        let written: Vec<_> = outcome
            .written
            .iter()
            .map(|(verb, object)| format!("{verb} {object}"))
            .collect();
        info!(written = written.join(", "), "the world has changed");
    }
}

fn next(plan: &Plan, now: Timestamp) -> Then {
    match plan.next {
        Next::AwaitChange => Then::AwaitChange,
        Next::At(time) => {
            let wait = Duration::try_from(time.duration_since(now)).unwrap_or_default();
            Then::After(wait.max(SHORTEST_WAIT))
        }
    }
}

/// The one place where failures of passes are handled.
fn after_failure(failure: &Error) -> Then {
    match failure.remedy() {
        Remedy::Retry => warn!(error = chain(failure), "a pass failed and is tried again"),
        Remedy::Fix => error!(
            error = chain(failure),
            "a pass failed; somebody must change something"
        ),
        Remedy::Bug => error!(error = chain(failure), "a pass failed, which should not happen"),
    }
    Then::Failed
}

#[cfg(test)]
mod tests;
