//! Patroni's leader lock, as this instance sees it, and the one write that the agent may do to it: giving it back.
//!
//! Patroni keeps the lock in annotations of a ConfigMap. Giving it back is safe exactly when no process of the holder
//! can commit any more; whoever calls [`Leader::release`] has that proof. The write names the version that was read, so
//! a lock that was renewed in between stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{ListParams, Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use pgo_postgres::patroni::dcs::Timing;
use pgo_postgres::patroni::member::{MemberStatus, Role};
use pgo_postgres::wal::Forks;
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::{debug, warn};

use super::settings::Settings;

/// Longest time for one request. The lock's own time to live covers whatever takes longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known about the lock and the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by another object")]
pub(crate) struct View {
    /// The member that holds the lock; `None` also when nothing was seen yet.
    pub(crate) leader: Option<String>,
    /// Grows with every change of the lock's object, so that a renewal is a change too.
    pub(crate) version: String,
    /// When the lock was renewed last, by its holder's clock.
    pub(crate) renewed: Option<Timestamp>,
    /// Patroni's timing, once the cluster has a configuration.
    pub(crate) timing: Option<Timing>,
    /// Whether automatic failover is switched off.
    pub(crate) paused: bool,
    /// Whether the cluster was made.
    pub(crate) initialized: bool,
    /// Who may take over after the leader; `None` where that is not limited.
    pub(crate) heirs: Option<BTreeSet<String>>,
    /// Where earlier timelines ended.
    pub(crate) forks: Forks,
    /// Whether commits are to wait for a replica.
    pub(crate) synchronous: bool,
    /// Whether there is a replica that they wait for.
    pub(crate) has_standby: bool,
}

impl View {
    /// Whether there is a leader that counts on `member`: it may take over, and commits that are to wait do wait.
    pub(crate) fn counts_on(&self, member: &str) -> bool {
        let is_heir = self.heirs.as_ref().is_none_or(|heirs| heirs.contains(member));
        self.leader.is_some() && is_heir && (self.has_standby || !self.synchronous)
    }
}

/// What became of giving the lock back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The lock is free.
    Released,
    /// Somebody else holds it, or nobody.
    NotOurs,
}

/// The lock could not be read or given back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaderError {
    #[error("the Kubernetes API did not answer in time")]
    Slow,
    #[error("the Kubernetes API refused")]
    Refused(#[from] kube::Error),
}

impl LeaderError {
    /// Whether Kubernetes does not let this pod do anything any more.
    pub(crate) fn is_rejection(&self) -> bool {
        matches!(self, Self::Refused(kube::Error::Api(status)) if matches!(status.code, 401 | 403))
    }
}

/// The lock's object.
#[derive(Clone)]
pub(crate) struct Leader {
    objects: Api<ConfigMap>,
    metadata: Api<PartialObjectMeta<ConfigMap>>,
    pods: Api<Pod>,
    object: String,
    scope: String,
    selector: String,
}

impl Leader {
    pub(crate) fn new(client: Client, settings: &Settings) -> Self {
        Self {
            objects: Api::namespaced(client.clone(), &settings.namespace),
            metadata: Api::namespaced(client.clone(), &settings.namespace),
            pods: Api::namespaced(client, &settings.namespace),
            object: settings.leader_object(),
            scope: settings.scope.clone(),
            selector: format!("{}={}", settings.scope_label, settings.scope),
        }
    }

    /// Who holds the lock now, and the version of that statement. Not from a cache.
    pub(crate) async fn holder(&self) -> Result<Option<(String, String)>, LeaderError> {
        let found = patient(self.objects.get_metadata_opt(&self.object)).await?;
        Ok(found.and_then(|object| {
            let leader = object
                .annotations()
                .get("leader")
                .filter(|leader| !leader.is_empty())?
                .clone();
            Some((leader, object.resource_version()?))
        }))
    }

    /// Gives the lock back if `holder` still has it.
    ///
    /// The caller has proof that no process of `holder` can commit any more, and that it does not take the lock anew.
    pub(crate) async fn release(&self, holder: &str) -> Result<Release, LeaderError> {
        // A conflict means that somebody changed another annotation in between: look again, but not for ever.
        let mut last = None;
        for _ in 0..5 {
            match self.holder().await? {
                Some((leader, version)) if leader == holder => match self.release_version(&version).await {
                    Ok(()) => return Ok(Release::Released),
                    Err(LeaderError::Refused(kube::Error::Api(status))) if status.code == 409 => {
                        last = Some(LeaderError::Refused(kube::Error::Api(status)));
                    }
                    Err(error) => return Err(error),
                },
                _ => return Ok(Release::NotOurs),
            }
        }
        Err(last.unwrap_or(LeaderError::Slow))
    }

    /// Gives the lock back for `holder`, which says that nothing of it can commit any more, if it is still as it was at
    /// `version`.
    pub(crate) async fn release_for(&self, holder: &str, version: &str) -> Result<Release, LeaderError> {
        match self.holder().await? {
            Some((leader, now)) if leader == holder && now == version => {
                self.release_version(version).await?;
                Ok(Release::Released)
            }
            _ => Ok(Release::NotOurs),
        }
    }

    async fn release_version(&self, version: &str) -> Result<(), LeaderError> {
        let patch = json!({"metadata": {"resourceVersion": version, "annotations": {"leader": null}}});
        patient(
            self.objects
                .patch_metadata(&self.object, &PatchParams::default(), &Patch::Merge(patch)),
        )
        .await?;
        Ok(())
    }

    /// Whether another member could take over now.
    pub(crate) async fn has_candidate(&self, me: &str) -> Result<bool, LeaderError> {
        let pods = patient(
            self.pods
                .list_metadata(&ListParams::default().labels(&self.selector)),
        )
        .await?;
        Ok(pods.iter().filter(|pod| pod.name_any() != me).any(|pod| {
            let status = pod
                .annotations()
                .get("status")
                .and_then(|text| MemberStatus::parse(text).ok());
            status.is_some_and(|status| {
                status.is_running() && status.role == Role::Replica && !status.tags.nofailover
            })
        }))
    }

    /// Follows the lock until the receiver is gone.
    pub(crate) async fn follow(self, views: watch::Sender<View>) {
        let config = watcher::Config::default().labels(&self.selector).timeout(200);
        let mut stream = watcher(self.metadata, config).backoff(Steady).boxed();
        let (leader, dynamic) = (&self.object, format!("{}-config", self.scope));
        let sync = format!("{}-sync", self.scope);
        loop {
            let event = tokio::select! {
                () = views.closed() => return,
                event = stream.next() => event,
            };
            match event {
                Some(Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object))) => {
                    let name = object.name_any();
                    let version = object.resource_version().unwrap_or_default();
                    if name == *leader {
                        views.send_if_modified(|view| view.see_leader(object.annotations(), version));
                    } else if name == dynamic {
                        views.send_if_modified(|view| view.see_config(object.annotations()));
                    } else if name == sync {
                        views.send_if_modified(|view| view.see_sync(object.annotations()));
                    }
                }
                Some(Ok(watcher::Event::Delete(object))) if object.name_any() == *leader => {
                    views.send_if_modified(|view| view.see_leader(&BTreeMap::new(), String::new()));
                }
                Some(Ok(_)) => (),
                Some(Err(error)) => debug!(%error, "watching the leader lock was interrupted"),
                None => {
                    warn!("the watch of the leader lock has ended");
                    return;
                }
            }
        }
    }
}

impl View {
    fn see_leader(&mut self, annotations: &BTreeMap<String, String>, version: String) -> bool {
        let before = self.clone();
        self.leader = annotations
            .get("leader")
            .filter(|leader| !leader.is_empty())
            .cloned();
        self.version = version;
        self.renewed = annotations.get("renewTime").and_then(|text| text.parse().ok());
        self.heirs = annotations
            .get("failsafe")
            .and_then(|text| serde_json::from_str::<BTreeMap<String, String>>(text).ok())
            .map(|heirs| heirs.into_keys().collect());
        *self != before
    }

    fn see_sync(&mut self, annotations: &BTreeMap<String, String>) -> bool {
        let has = annotations
            .get("sync_standby")
            .is_some_and(|names| !names.is_empty());
        std::mem::replace(&mut self.has_standby, has) != has
    }

    fn see_config(&mut self, annotations: &BTreeMap<String, String>) -> bool {
        let before = self.clone();
        self.initialized = annotations.contains_key("initialize");
        self.forks = annotations
            .get("history")
            .and_then(|text| Forks::parse(text))
            .unwrap_or_default();
        let config: Value = annotations
            .get("config")
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        self.paused = config["pause"].as_bool().unwrap_or_default();
        // Patroni takes `on`, `quorum` and the like, too.
        self.synchronous = !matches!(&config["synchronous_mode"], Value::Null | Value::Bool(false))
            && config["synchronous_mode"] != "off";
        // Patroni's defaults for what is not said.
        let number = |key: &str, default: u32| {
            config[key]
                .as_u64()
                .and_then(|number| number.try_into().ok())
                .unwrap_or(default)
        };
        self.timing = config.is_object().then(|| Timing {
            ttl: number("ttl", 30),
            loop_wait: number("loop_wait", 10),
            retry_timeout: number("retry_timeout", 10),
        });
        *self != before
    }
}

/// Waits a second after each failure, for ever: when the API is back, we want to know at once.
struct Steady;

impl Iterator for Steady {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

impl kube::runtime::utils::Backoff for Steady {
    fn reset(&mut self) {}
}

async fn patient<T>(request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, LeaderError> {
    match tokio::time::timeout(PATIENCE, request).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(LeaderError::Slow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotations<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn a_lock_that_was_given_back_has_no_leader() {
        let mut view = View::default();
        assert!(view.see_leader(&annotations([("leader", "hippo-1")]), "1".to_owned()));
        assert_eq!(view.leader.as_deref(), Some("hippo-1"));
        assert!(view.see_leader(&annotations([("optime", "5")]), "2".to_owned()));
        assert_eq!(view.leader, None);
    }

    #[test]
    fn a_replica_counts_once_it_may_take_over_and_commits_wait() {
        let heirs = r#"{"hippo-1":"https://10.0.0.1:8009/patroni"}"#;
        let mut view = View::default();
        assert!(!view.counts_on("hippo-1"), "nobody leads");
        view.see_leader(&annotations([("leader", "hippo-1")]), "1".to_owned());
        assert!(view.counts_on("hippo-2"), "nobody says who may take over");
        view.see_leader(
            &annotations([("leader", "hippo-1"), ("failsafe", heirs)]),
            "2".to_owned(),
        );
        assert!(view.counts_on("hippo-1") && !view.counts_on("hippo-2"));
        view.see_config(&annotations([("config", r#"{"synchronous_mode":true}"#)]));
        assert!(!view.counts_on("hippo-1"), "commits do not wait yet");
        assert!(view.see_sync(&annotations([("leader", "hippo-1"), ("sync_standby", "hippo-2")])));
        assert!(view.counts_on("hippo-1"));
    }

    #[test]
    fn timing_and_pause_are_read_from_the_dynamic_configuration() {
        let mut view = View::default();
        view.see_config(&annotations([
            ("initialize", "7"),
            (
                "config",
                r#"{"ttl":10,"loop_wait":2,"retry_timeout":3,"pause":true}"#,
            ),
        ]));
        assert_eq!(view.timing, Some(Timing::FAST));
        assert!(view.paused && view.initialized);
    }
}
