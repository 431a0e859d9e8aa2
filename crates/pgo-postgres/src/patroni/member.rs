//! What a member says of itself: the annotation `status` of its pod, and the role label; and what the agent adds.

use serde::Deserialize;

use crate::lsn::{Lsn, Timeline};

/// Value of the role label on the instance that holds the leader lock.
pub const LEADER_LABEL: &str = "master";
/// Value of the role label on the others.
pub const FOLLOWER_LABEL: &str = "replica";

/// Annotation of the pod, by the agent, while WAL waits in vain: a sentence that says since when, and why.
pub const ARCHIVE_FAILING: &str = "pgo.crunchydata.com/archive-failing";

/// Annotation of the pod, by the agent, while its volume has hardly any room left: a sentence that says so.
pub const VOLUME_FULL: &str = "pgo.crunchydata.com/volume-full";

/// Annotation of the leader's pod, by the agent: the members that should follow and from which nothing is heard, by name,
/// with a comma between two.
pub const UNHEARD: &str = "pgo.crunchydata.com/unheard";

/// What an instance is to its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Accepts writes.
    #[serde(alias = "master", alias = "promoted")]
    Primary,
    /// Follows the primary.
    #[serde(alias = "sync_standby", alias = "quorum_standby", alias = "demoted")]
    Replica,
    /// First of a cluster that follows another cluster.
    StandbyLeader,
    /// Has no data yet.
    Uninitialized,
    /// Something that we do not know.
    #[default]
    #[serde(other)]
    Unknown,
}

/// What a member says of itself. Everything may be missing: a member says it when it knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MemberStatus {
    /// What it is.
    pub role: Role,
    /// What its PostgreSQL does: `running`, `starting`, `creating replica`, `stopped`, …
    pub state: String,
    /// Its timeline.
    pub timeline: Option<Timeline>,
    /// How far it has written or received and replayed.
    pub xlog_location: Option<Lsn>,
    /// `streaming` or `in archive recovery`, on a replica.
    pub replication_state: Option<String>,
    /// What else is special about it.
    pub tags: Tags,
}

/// What is special about a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tags {
    /// It must not become the primary.
    pub nofailover: bool,
}

impl MemberStatus {
    /// Reads the annotation.
    pub fn parse(annotation: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(annotation)
    }

    /// Whether PostgreSQL accepts connections.
    pub fn is_running(&self) -> bool {
        self.state == "running"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streaming_replica_says_so() {
        let status = MemberStatus::parse(
            r#"{"conn_url":"postgres://10.0.0.1:5432/postgres","api_url":"https://10.0.0.1:8009/patroni","state":"running",
                "role":"replica","version":"4.0.7","xlog_location":50331648,"replication_state":"streaming","timeline":2}"#,
        )
        .unwrap();
        assert!(status.is_running());
        assert_eq!(status.replication_state.as_deref(), Some("streaming"));
        assert_eq!((status.role, status.timeline), (Role::Replica, Some(Timeline(2))));
        assert_eq!(status.xlog_location.unwrap().to_string(), "0/3000000");
    }

    #[test]
    fn old_and_new_words_for_the_primary_are_read() {
        for word in ["master", "primary"] {
            let status = MemberStatus::parse(&format!(r#"{{"role":"{word}"}}"#)).unwrap();
            assert_eq!(status.role, Role::Primary);
        }
    }

    #[test]
    fn a_role_we_do_not_know_is_unknown() {
        assert_eq!(
            MemberStatus::parse(r#"{"role":"witness","new":1}"#).unwrap().role,
            Role::Unknown
        );
    }
}
