//! A replica that sees the leader's container dead gives the leader lock back for it.
//!
//! A container that was killed gives its lock back when it starts anew. One that does not start (Kubernetes waits up to
//! five minutes between two starts, the image may be gone) cannot, and the lock would have to expire. But the kubelet
//! says in the pod's status that the container has ended, and that is proof: the kernel lets process 1 of a container
//! end only after all its other processes have, and a container that has ended never runs again.
//!
//! The lock is given back in the version that was seen, so a new container of the pod that renewed it meanwhile keeps
//! it. Neither a pod that is gone nor a node that is silent proves anything: their processes may run.
//!
//! Where there is no proof, the lock has to expire. Patroni would look again up to a pause later; it is woken at once.
//!
//! Nothing is watched while the leader renews its lock.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, Pod};
use kube::Api;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::Instance;
use super::herald::{Deed, Herald};
use super::leader::{Leader, Release, View};
use super::patroni::Patroni;

/// The container that PostgreSQL runs in.
const CONTAINER: &str = "database";

/// What the kubelet says of a container that it does not find: it has ended, or it runs out of the kubelet's sight.
const NOT_FOUND: &str = "ContainerStatusUnknown";

/// How much longer than its pause the leader may be silent before we look.
const MARGIN: Duration = Duration::from_secs(1);

/// The kubelet's clock has no fractions of a second.
const SECOND: Duration = Duration::from_secs(1);

/// Patroni may have seen the last renewal a little later than we did.
const LATER: Duration = Duration::from_millis(100);

/// Looks after the leader for as long as views of the lock come in.
pub(crate) struct Witness {
    pods: Api<Pod>,
    leader: Leader,
    patroni: Patroni,
    me: String,
    herald: Herald,
}

impl Witness {
    pub(crate) fn new(instance: &Instance) -> Self {
        Self {
            pods: Api::namespaced(instance.client.clone(), &instance.settings.namespace),
            leader: instance.leader.clone(),
            patroni: instance.patroni.clone(),
            me: instance.settings.pod.clone(),
            herald: instance.herald.clone(),
        }
    }

    pub(crate) async fn look(self, mut views: watch::Receiver<View>) {
        loop {
            let view = views.borrow_and_update().clone();
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return },
                () = self.doubt(&view) => if views.changed().await.is_err() { return },
            }
        }
    }

    /// What is done about a leader that goes on being silent.
    async fn doubt(&self, view: &View) {
        let (Some(leader), Some(timing)) = (self.suspect(view), view.timing) else {
            return;
        };
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let pause = seconds(timing.loop_wait) + MARGIN;
        sleep(pause).await;
        debug!(leader, "the leader has not renewed its lock");
        let expire = async {
            sleep((seconds(timing.ttl) + LATER).saturating_sub(pause)).await;
            if let Err(error) = self.patroni.poke().await {
                debug!(%error, "Patroni could not be woken");
            }
        };
        tokio::join!(self.follow(leader, view), expire);
    }

    /// The leader that we could take over from.
    fn suspect<'a>(&self, view: &'a View) -> Option<&'a str> {
        let leader = view.leader.as_deref()?;
        (leader != self.me && !view.paused && view.counts_on(&self.me)).then_some(leader)
    }

    /// Watches the leader's pod until its container is dead and the lock was given back.
    async fn follow(&self, leader: &str, view: &View) {
        let config = watcher::Config::default().fields(&format!("metadata.name={leader}"));
        let mut pods = pin!(
            watcher(self.pods.clone(), config)
                .default_backoff()
                .applied_objects()
        );
        while let Some(pod) = pods.next().await {
            let dead = match pod {
                Ok(pod) => view.renewed.is_some_and(|renewed| is_dead(&pod, renewed)),
                Err(error) => {
                    debug!(%error, "the leader's pod cannot be seen");
                    false
                }
            };
            if !dead {
                continue;
            }
            match self.leader.release_for(leader, &view.version).await {
                Ok(Release::Released) => {
                    info!(leader, "its container is dead, its leader lock was given back");
                    let note = format!("the container of {leader} is dead, its leader lock was given back");
                    self.herald.tell(Deed::LockReleased, note);
                }
                // Another replica was faster, or the leader lives.
                Ok(Release::NotOurs) => (),
                Err(error) => {
                    warn!(leader, %error, "the lock of a dead leader could not be given back, it has to expire");
                }
            }
            return;
        }
    }
}

/// Whether the container that renewed the lock at that time is dead, with every process in it.
fn is_dead(pod: &Pod, renewed: Timestamp) -> bool {
    let Some(spec) = &pod.spec else { return false };
    // Then process 1 is not the container's own.
    if spec.share_process_namespace == Some(true) || spec.host_pid == Some(true) {
        return false;
    }
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let Some(status) = statuses.into_iter().find(|status| status.name == CONTAINER) else {
        return false;
    };
    let now = status.state.as_ref().unwrap_or(&NOWHERE);
    let last = status.last_state.as_ref().unwrap_or(&NOWHERE);
    let ended = match (&now.running, &now.terminated) {
        (Some(_), _) => None,
        (None, Some(ended)) => Some(ended),
        (None, None) => last.terminated.as_ref(),
    };
    ended.is_some_and(|ended| is_the_end_of(ended, renewed))
}

static NOWHERE: ContainerState = ContainerState {
    running: None,
    terminated: None,
    waiting: None,
};

/// Whether it was this life of the container that renewed the lock last.
fn is_the_end_of(ended: &ContainerStateTerminated, renewed: Timestamp) -> bool {
    let is_known = ended.container_id.as_ref().is_some_and(|id| !id.is_empty());
    let is_found = ended.reason.as_deref() != Some(NOT_FOUND);
    let (Some(started), Some(finished)) = (&ended.started_at, &ended.finished_at) else {
        return false;
    };
    is_known && is_found && started.0 <= renewed && renewed < finished.0 + SECOND
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(spec: &Value, state: &Value, last: &Value) -> Pod {
        serde_json::from_value(json!({
            "spec": spec,
            "status": {"containerStatuses": [{
                "name": "database", "image": "", "imageID": "", "ready": false, "restartCount": 1,
                "state": state, "lastState": last,
            }]},
        }))
        .unwrap()
    }

    fn ended(id: &str, reason: &str) -> Value {
        json!({"terminated": {
            "containerID": id, "exitCode": 137, "reason": reason,
            "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:10:07Z",
        }})
    }

    fn is_dead_at(pod: &Pod, renewed: &str) -> bool {
        is_dead(pod, renewed.parse().unwrap())
    }

    /// In the last second of the container's life, as Patroni writes it.
    const RENEWED: &str = "2026-01-01T00:10:07.250000+00:00";

    fn specification() -> Value {
        json!({"containers": []})
    }

    #[test]
    fn a_container_that_has_ended_is_dead_also_while_it_waits_for_its_next_life() {
        let killed = ended("containerd://1", "Error");
        let waiting = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        for (state, last) in [(killed.clone(), json!({})), (waiting, killed)] {
            assert!(is_dead_at(&pod(&specification(), &state, &last), RENEWED));
        }
    }

    #[test]
    fn a_container_that_runs_again_is_not() {
        let running = json!({"running": {"startedAt": "2026-01-01T00:10:08Z"}});
        let pod = pod(&specification(), &running, &ended("containerd://1", "Error"));
        assert!(!is_dead_at(&pod, RENEWED));
    }

    #[test]
    fn a_lock_that_another_life_renewed_is_not_that_of_the_dead() {
        let pod = pod(&specification(), &ended("containerd://1", "Error"), &json!({}));
        assert!(
            !is_dead_at(&pod, "2026-01-01T00:10:08.1+00:00"),
            "it came after the end"
        );
        assert!(
            !is_dead_at(&pod, "2025-12-31T23:59:59+00:00"),
            "it came before the start"
        );
    }

    #[test]
    fn what_the_kubelet_does_not_find_may_run() {
        for killed in [ended("", "Error"), ended("containerd://1", NOT_FOUND)] {
            assert!(!is_dead_at(&pod(&specification(), &killed, &json!({})), RENEWED));
        }
        assert!(!is_dead_at(&Pod::default(), RENEWED));
    }

    #[test]
    fn processes_that_outlive_their_container_are_not_dead() {
        for key in ["shareProcessNamespace", "hostPID"] {
            let spec = json!({"containers": [], key: true});
            assert!(!is_dead_at(
                &pod(&spec, &ended("containerd://1", "Error"), &json!({})),
                RENEWED
            ));
        }
    }
}
