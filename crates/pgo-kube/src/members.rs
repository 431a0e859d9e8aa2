//! What the members of a cluster say of themselves, asked at the moment when somebody wants to know.
//!
//! Patroni rewrites that every few seconds, so it is in no cache: a thousand clusters would fill it with noise.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::core::{Expression, Selector};
use pgo_plan::labels;
use pgo_postgres::patroni::member::{MemberStatus, Role};

use crate::call::Kube;
use crate::error::Error;

/// The annotation that Patroni writes.
const STATUS: &str = "status";

/// One instance, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Name of its pod.
    pub pod: String,
    /// Name of the instance: of its Deployment.
    pub instance: String,
    /// The node that it runs on; empty while it runs nowhere.
    pub node: String,
    /// The address of its pod; empty while it has none.
    pub address: String,
    status: MemberStatus,
}

impl Kube {
    /// Asks the members of a cluster, by name of their pods.
    pub async fn members(&self, namespace: &str, cluster: &str) -> Result<Vec<Member>, Error> {
        let of_cluster = Expression::Equal(labels::CLUSTER.into(), cluster.into());
        let instances = Expression::Equal(labels::PG_DATABASE.into(), "true".into());
        let selector = Selector::from_iter([of_cluster, instances]);
        let mut pods: Vec<Pod> = self.list(namespace, &selector).await?;
        pods.sort_by_key(ResourceExt::name_any);
        Ok(pods.iter().map(Member::read).collect())
    }
}

impl Member {
    /// Reads a pod. Where Patroni has said nothing yet, neither does the member.
    fn read(pod: &Pod) -> Self {
        let said = pod.annotations().get(STATUS);
        Self {
            pod: pod.name_any(),
            instance: pod
                .labels()
                .get(labels::DEPLOYMENT_NAME)
                .cloned()
                .unwrap_or_default(),
            node: pod
                .spec
                .as_ref()
                .and_then(|spec| spec.node_name.clone())
                .unwrap_or_default(),
            address: pod
                .status
                .as_ref()
                .and_then(|status| status.pod_ip.clone())
                .unwrap_or_default(),
            status: said
                .and_then(|said| MemberStatus::parse(said).ok())
                .unwrap_or_default(),
        }
    }

    /// Whether it leads, as it says itself.
    pub fn is_leader(&self) -> bool {
        matches!(self.status.role, Role::Primary | Role::StandbyLeader)
    }

    /// Whether it follows, as it says itself. One that has said nothing yet does neither.
    pub fn is_replica(&self) -> bool {
        self.status.role == Role::Replica
    }

    /// How far it has written or replayed, as a number of bytes.
    pub fn position(&self) -> Option<u64> {
        self.status.xlog_location.map(|position| position.0)
    }

    /// Patroni's word for what it does: `streaming` rather than `running` where that is so.
    pub fn state(&self) -> &str {
        match self.status.replication_state.as_deref() {
            Some(state) if self.status.is_running() => state,
            _ => &self.status.state,
        }
    }

    /// Its timeline; zero while it has none.
    pub fn timeline(&self) -> i64 {
        self.status.timeline.map_or(0, |timeline| timeline.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(status: &str) -> Member {
        let pod = serde_json::json!({
            "metadata": {"labels": {"deployment-name": "hippo-abcd"}, "annotations": {"status": status}},
            "spec": {"containers": [], "nodeName": "node2"},
        });
        Member::read(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn a_streaming_replica_is_no_leader_and_says_that_it_streams() {
        let said = r#"{"role":"replica","state":"running","replication_state":"streaming","xlog_location":83886080,"timeline":3}"#;
        let member = member(said);
        assert_eq!(
            (member.instance.as_str(), member.node.as_str()),
            ("hippo-abcd", "node2")
        );
        assert_eq!(
            (member.state(), member.timeline(), member.position()),
            ("streaming", 3, Some(83_886_080))
        );
        assert!(!member.is_leader() && member.is_replica());
    }

    #[test]
    fn a_member_that_says_nothing_readable_is_unknown_and_no_leader() {
        for said in ["", "{", r#"{"role":"witness"}"#] {
            let member = member(said);
            assert!(!member.is_leader() && !member.is_replica());
            assert_eq!(
                (member.state(), member.timeline(), member.position()),
                ("", 0, None)
            );
        }
        assert!(member(r#"{"role":"master","state":"running"}"#).is_leader());
    }
}
