//! Patroni's REST interface, on this instance.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::settings::AGENT_PORT;
use crate::certificates::Current;

/// What Patroni says of itself. Only what the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Status {
    /// When it last heard from Kubernetes, in its own seconds: compared, never computed with.
    pub(crate) dcs_last_seen: u64,
    /// It cannot reach Kubernetes, but every member says that it is the primary.
    pub(crate) failsafe_mode_is_active: bool,
    pub(crate) role: String,
    pub(crate) state: String,
    /// Whom its PostgreSQL sends WAL. Read by [`Status::receivers`]: an oddity in it must not make the rest unreadable,
    /// for an answer that cannot be read is one that was not given, and ends the primary.
    pub(crate) replication: Value,
}

impl Status {
    pub(crate) fn is_primary(&self) -> bool {
        matches!(self.role.as_str(), "primary" | "master" | "promoted")
    }

    /// The members that are sent WAL, by their own names; nothing where no primary's PostgreSQL was asked.
    pub(crate) fn receivers(&self) -> Option<BTreeSet<&str>> {
        // In any other state the answer is Patroni's own, without a look at PostgreSQL.
        if !self.is_primary() || self.state != "running" {
            return None;
        }
        let senders = self.replication.as_array().into_iter().flatten();
        // What is copied to a replica that is being made goes by other states.
        let streams = |sender: &&Value| matches!(sender["state"].as_str(), Some("streaming" | "catchup"));
        Some(
            senders
                .filter(streams)
                .filter_map(|sender| sender["application_name"].as_str())
                .collect(),
        )
    }
}

/// A request to Patroni failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PatroniError {
    #[error("Patroni did not answer")]
    Request(#[from] reqwest::Error),
}

/// A client that Patroni lets write, too.
#[derive(Clone)]
pub(crate) struct Patroni {
    identity: Current,
    base: String,
    /// What it said last of how it is.
    said: watch::Sender<Status>,
}

impl Patroni {
    pub(crate) fn new(identity: Current, port: u16) -> Self {
        Self {
            identity,
            base: format!("https://127.0.0.1:{port}"),
            said: watch::Sender::default(),
        }
    }

    /// Listens to what it answers whoever asks how it is, for those who need not ask themselves.
    pub(crate) fn listen(&self) -> watch::Receiver<Status> {
        self.said.subscribe()
    }

    /// A client that shows the newest certificate.
    fn client(&self) -> reqwest::Client {
        self.identity.borrow().client.clone()
    }

    /// Asks how it is. The answer comes from a database session, so a hung database gives none.
    pub(crate) async fn status(&self, patience: Duration) -> Result<Status, PatroniError> {
        // A status of 503 carries the same body: it is about the role that was asked for.
        let answer = self
            .client()
            .get(format!("{}/patroni", self.base))
            .timeout(patience)
            .send()
            .await?;
        let status: Status = answer.json().await?;
        self.said.send_replace(status.clone());
        Ok(status)
    }

    /// Has it begin its next round now: a change that changes nothing does that.
    pub(crate) async fn poke(&self) -> Result<(), PatroniError> {
        let request = self.client().patch(format!("{}/config", self.base));
        send(request.json(&json!({"postgresql": {}}))).await
    }

    /// Has the agent of the leader, reached through the Service `primary`, poke its Patroni.
    pub(crate) async fn poke_leader(&self, primary: &str) -> Result<(), PatroniError> {
        send(
            self.client()
                .post(format!("https://{primary}:{AGENT_PORT}/patroni-round")),
        )
        .await
    }
}

async fn send(request: reqwest::RequestBuilder) -> Result<(), PatroniError> {
    request
        .timeout(Duration::from_secs(2))
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_patroni_says_is_read() {
        let status: Status = serde_json::from_str(
            r#"{"state":"running","postmaster_start_time":"x","role":"primary","server_version":170006,
                "xlog":{"location":1},"timeline":1,"dcs_last_seen":1700000000,"database_system_identifier":"7",
                "patroni":{"version":"4.0.7","scope":"hippo","name":"hippo-1"}}"#,
        )
        .unwrap();
        assert!(status.is_primary() && !status.failsafe_mode_is_active);
        assert_eq!(status.dcs_last_seen, 1_700_000_000);
    }

    fn says(more: &Value) -> Status {
        let mut said = json!({"state": "running", "role": "primary", "dcs_last_seen": 7});
        let more = more.as_object().unwrap().clone();
        said.as_object_mut().unwrap().extend(more);
        serde_json::from_value(said).unwrap()
    }

    #[test]
    fn a_primary_says_whom_it_sends_wal() {
        let sender = |name: &str, state: &str| {
            json!({"usename": "primaryuser", "application_name": name, "client_addr": "10.0.0.2", "state": state,
                   "sync_state": "async", "sync_priority": 0})
        };
        let all = json!([
            sender("hippo-2", "streaming"),
            sender("hippo-3", "catchup"),
            sender("hippo-4", "startup"),
            sender("pg_basebackup", "backup"),
        ]);
        let status = says(&json!({"replication": all}));
        assert_eq!(status.receivers().unwrap(), ["hippo-2", "hippo-3"].into());
        assert_eq!(says(&json!({})).receivers().unwrap(), [].into());
    }

    #[test]
    fn who_did_not_ask_postgresql_does_not_know_whom_it_sends_wal() {
        for more in [
            json!({"state": "unknown"}),
            json!({"state": "starting"}),
            json!({"role": "replica"}),
        ] {
            assert_eq!(says(&more).receivers(), None, "{more}");
        }
    }

    #[test]
    fn an_odd_list_of_receivers_leaves_the_rest_readable() {
        for odd in [
            json!(null),
            json!("x"),
            json!([null, 7, {"state": "streaming", "application_name": null}]),
        ] {
            let status = says(&json!({"replication": odd}));
            assert_eq!(status.dcs_last_seen, 7);
            assert_eq!(status.receivers().unwrap(), [].into());
        }
    }
}
