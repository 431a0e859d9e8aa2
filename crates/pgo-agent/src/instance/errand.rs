//! Giving the leader lock back when Kubernetes no longer listens to this instance.
//!
//! Kubernetes forgets a pod that is deleted by force, and its account with it, while the pod still ends in order. What
//! it then cannot write itself, a replica writes for it. The message names the version of the lock that its holder saw
//! last, so that a message that comes late does nothing.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::{debug, info};

use super::leader::{Leader, LeaderError, Release, View};
use super::settings::{AGENT_PORT, Settings};
use crate::certificates::Certificates;

/// Where a replica is asked.
pub(crate) const PATH: &str = "/leader-lock/return";

/// How often a replica is asked: the Service may lead to one that is about to end, too.
const TRIES: usize = 3;

/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What a replica is asked to do: no process of `holder` can commit any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Return {
    /// The pod that holds the lock.
    pub(crate) holder: String,
    /// The version of the lock's object that it saw last.
    pub(crate) version: String,
}

/// Gives the lock back one way or the other.
#[derive(Clone)]
pub(crate) struct Errand {
    leader: Leader,
    views: watch::Receiver<View>,
    me: String,
    /// The Service of the replicas.
    replicas: String,
    certificates: Certificates,
    /// The version of the lock that a replica gave back. Kubernetes does not tell us what came of it.
    returned: Arc<OnceLock<String>>,
}

impl Errand {
    pub(crate) fn new(
        leader: Leader,
        views: watch::Receiver<View>,
        settings: &Settings,
        certificates: &Certificates,
    ) -> Self {
        Self {
            leader,
            views,
            me: settings.pod.clone(),
            replicas: format!("{}-replica", settings.cluster),
            certificates: certificates.clone(),
            returned: Arc::default(),
        }
    }

    /// Gives the lock back if it is ours. The caller has proof that nothing of this instance can commit any more.
    pub(crate) async fn give_back(&self) -> Result<Release, LeaderError> {
        match self.leader.release(&self.me).await {
            Err(error) if error.is_rejection() => {
                debug!(%error, "Kubernetes does not know this pod any more, a replica is asked");
                self.ask().await.ok_or(error)
            }
            other => other,
        }
    }

    async fn ask(&self) -> Option<Release> {
        let view = self.views.borrow().clone();
        if self.returned.get() == Some(&view.version) {
            return Some(Release::NotOurs);
        }
        let errand = Return {
            holder: view.leader.filter(|leader| *leader == self.me)?,
            version: view.version,
        };
        let client = self.certificates.client().ok()?;
        let url = format!("https://{}:{AGENT_PORT}{PATH}", self.replicas);
        for _ in 0..TRIES {
            match client.post(&url).json(&errand).timeout(PATIENCE).send().await {
                Ok(answer) if answer.status().is_success() => {
                    info!("a replica gave the leader lock back for this instance");
                    let _ = self.returned.set(errand.version);
                    return Some(Release::Released);
                }
                Ok(answer) => debug!(status = %answer.status(), "a replica did not give the lock back"),
                Err(error) => debug!(%error, "no replica answers"),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_says_what_and_which() {
        let errand = Return {
            holder: "hippo-1".to_owned(),
            version: "7".to_owned(),
        };
        let text = serde_json::to_string(&errand).unwrap();
        assert_eq!(text, r#"{"holder":"hippo-1","version":"7"}"#);
        assert!(serde_json::from_str::<Return>(r#"{"holder":"hippo-1"}"#).is_err());
    }
}
