//! Patroni's REST interface, on this instance.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

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
}

impl Status {
    pub(crate) fn is_primary(&self) -> bool {
        matches!(self.role.as_str(), "primary" | "master" | "promoted")
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
}

impl Patroni {
    pub(crate) fn new(identity: Current, port: u16) -> Self {
        Self {
            identity,
            base: format!("https://127.0.0.1:{port}"),
        }
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
        Ok(answer.json().await?)
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
}
