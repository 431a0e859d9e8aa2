//! One actor per cluster: passes of different clusters run side by side, those of one cluster never do.
//!
//! Why this and not `kube::runtime::Controller`: an actor must also exist for a name without a `Pgcluster` (tasks that
//! ask for something that is not there, what a cluster left behind) and for one that cannot be read; its wakes come
//! from caches that already index by cluster and drop what changes nothing; and each watch has its own back-off.
//!
//! A wake while a pass runs leads to one more pass after it. A pass that changed the world is followed by another at
//! once, until one changes nothing. Who fails waits, longer each time; a wake ends the waiting.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use pgo_kube::ClusterRef;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{error, warn};

/// After so many passes in a row that each changed something, there is no haste any more.
const RESTLESS: u32 = 20;
/// Where the waiting after a failure begins and where its growth ends.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// How long running passes may take to finish when we are told to stop; less than Kubernetes gives us.
const FAREWELL: Duration = Duration::from_secs(20);

/// When to look at a cluster again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// At once: the world is another one now.
    Again,
    /// After this time, if nothing wakes us before.
    After(Duration),
    /// When something wakes us.
    AwaitChange,
    /// When the back-off of repeated failures says so.
    Failed,
}

/// Runs passes until `stop` is done, and then waits for those that run.
pub(crate) async fn run<P>(
    mut wakes: UnboundedReceiver<ClusterRef>,
    limit: usize,
    pass: impl Fn(ClusterRef) -> P,
    stop: impl Future<Output = ()>,
) where
    P: Future<Output = Then> + Send + 'static,
{
    let mut actors = Actors::default();
    let mut passes = JoinSet::new();
    let mut names: HashMap<Id, ClusterRef> = HashMap::new();
    let mut woken = Vec::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let room = passes.len() < limit;
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(done) = passes.join_next_with_id(), if !passes.is_empty() => {
                let (id, then) = match done {
                    Ok((id, then)) => (id, then),
                    Err(panicked) => {
                        error!(error = %panicked, "a pass broke off");
                        (panicked.id(), Then::Failed)
                    }
                };
                if let Some(cluster) = names.remove(&id) {
                    actors.done(&cluster, then, Instant::now());
                }
            }
            count = wakes.recv_many(&mut woken, 1024) => {
                if count == 0 {
                    break;
                }
                let now = Instant::now();
                woken.drain(..).for_each(|cluster| actors.wake(cluster, now));
            }
            () = sleep_until(actors.first_due()), if room && actors.is_anyone_due() => {}
        }
        while passes.len() < limit
            && let Some(cluster) = actors.start_next(Instant::now())
        {
            let handle = passes.spawn(pass(cluster.clone()));
            names.insert(handle.id(), cluster);
        }
    }
    // A pass that is broken off does no harm, but one that may finish leaves less to do for the next operator.
    let finished = async { while passes.join_next().await.is_some() {} };
    drop(timeout(FAREWELL, finished).await);
}

/// Who is due when, who runs, and who failed how often.
#[derive(Default)]
struct Actors {
    due: BTreeSet<(Instant, ClusterRef)>,
    actors: HashMap<ClusterRef, Actor>,
}

#[derive(Default)]
struct Actor {
    /// When it is to run next.
    due: Option<Instant>,
    running: bool,
    /// Passes in a row that changed something, and that failed.
    restless: u32,
    failures: u32,
}

impl Actors {
    fn wake(&mut self, cluster: ClusterRef, now: Instant) {
        self.schedule(cluster, now);
    }

    /// Schedules an actor for a time, unless it is to run earlier anyway. While it runs, the time is remembered.
    fn schedule(&mut self, cluster: ClusterRef, at: Instant) {
        let actor = self.actors.entry(cluster.clone()).or_default();
        let earlier = actor.due.is_none_or(|due| at < due);
        if !earlier {
            return;
        }
        if let Some(due) = actor.due.replace(at)
            && !actor.running
        {
            self.due.remove(&(due, cluster.clone()));
        }
        if !self.actors[&cluster].running {
            self.due.insert((at, cluster));
        }
    }

    fn is_anyone_due(&self) -> bool {
        !self.due.is_empty()
    }

    fn first_due(&self) -> Instant {
        self.due.first().map_or_else(Instant::now, |(at, _)| *at)
    }

    fn start_next(&mut self, now: Instant) -> Option<ClusterRef> {
        if self.due.first().is_none_or(|(at, _)| now < *at) {
            return None;
        }
        let (_, cluster) = self.due.pop_first()?;
        let actor = self.actors.get_mut(&cluster)?;
        actor.due = None;
        actor.running = true;
        Some(cluster)
    }

    fn done(&mut self, cluster: &ClusterRef, then: Then, now: Instant) {
        let Some(actor) = self.actors.get_mut(cluster) else {
            return;
        };
        actor.running = false;
        actor.restless = if then == Then::Again {
            actor.restless + 1
        } else {
            0
        };
        actor.failures = if then == Then::Failed {
            actor.failures + 1
        } else {
            0
        };
        let woken = actor.due.take();
        let next = match then {
            Then::Again if RESTLESS <= actor.restless => {
                warn!(
                    namespace = cluster.namespace,
                    cluster = cluster.name,
                    "a cluster does not come to rest"
                );
                Some(now + wait(cluster, actor.restless - RESTLESS + 1))
            }
            Then::Again => Some(now),
            Then::After(time) => Some(now + time),
            Then::Failed => Some(now + wait(cluster, actor.failures)),
            Then::AwaitChange => None,
        };
        match next.into_iter().chain(woken).min() {
            Some(at) => self.schedule(cluster.clone(), at),
            // Nobody expects anything of it: it is forgotten until it is woken.
            None => drop(self.actors.remove(cluster)),
        }
    }
}

/// Doubled each time; and not the same for all, so that clusters that failed together do not come back together.
fn wait(cluster: &ClusterRef, failures: u32) -> Duration {
    let doubled = FIRST_WAIT
        .saturating_mul(1 << failures.saturating_sub(1).min(20))
        .min(LONGEST_WAIT);
    let spread = BuildHasherDefault::<DefaultHasher>::default().hash_one((cluster, failures)) % 256;
    doubled.mul_f64(1.0 + f64::from(u32::try_from(spread).unwrap_or(0)) / 1024.0)
}

#[cfg(test)]
mod tests;
