//! What is said of objects for which there is no cluster: requests that nothing comes of, and a `Pgcluster` that cannot
//! be read.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use pgo_crd::{Pgreplica, PgreplicaStatus, Pgtask, PgtaskStatus, state};

use crate::condition::{self, Claim};
use crate::labels;
use crate::task::{self, TaskRequest};

/// Why there is no cluster for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing<'a> {
    /// The request names none.
    Unnamed,
    /// There is none of the name that it gives.
    Absent {
        /// That name.
        cluster: &'a str,
        /// Where it is looked for.
        namespace: &'a str,
    },
}

impl Missing<'_> {
    fn sentence(self, remedy: &str) -> String {
        match self {
            Self::Unnamed => format!("it names no cluster: {remedy}"),
            Self::Absent { cluster, namespace } => {
                format!("there is no cluster {cluster} in namespace {namespace}")
            }
        }
    }
}

/// Refuses a task. One of a type that nobody knows is not helped by a cluster, so it is that which is said.
pub fn task(task: &Pgtask, missing: Missing<'_>, now: Timestamp) -> PgtaskStatus {
    let (reason, why) = match TaskRequest::from(task) {
        TaskRequest::Other => task::not_available(task),
        // What was refused stays refused.
        _ => (
            NO_SUCH_CLUSTER,
            missing.sentence(&format!("make it again with the label {}", labels::CLUSTER)),
        ),
    };
    let old = task.status.clone().unwrap_or_default();
    PgtaskStatus {
        state: state::TASK_PROCESSED.into(),
        conditions: refused(
            &old.conditions,
            ["Accepted", "Done"],
            (reason, &why),
            now,
            task.metadata.generation,
        ),
        message: why,
        steps: old.steps,
    }
}

/// Refuses a replica.
pub fn replica(replica: &Pgreplica, missing: Missing<'_>, now: Timestamp) -> PgreplicaStatus {
    let why = missing.sentence("say which one in spec.clustername");
    let old = replica.status.clone().unwrap_or_default();
    PgreplicaStatus {
        state: state::REPLICA_CREATED.into(),
        conditions: refused(
            &old.conditions,
            ["Accepted", "Ready"],
            (NO_SUCH_CLUSTER, &why),
            now,
            replica.metadata.generation,
        ),
        message: why,
    }
}

/// The conditions of a `Pgcluster` that cannot be read as one, for this reason.
pub fn unreadable(error: &str, now: Timestamp) -> Vec<Condition> {
    let why = format!("The object cannot be read as a Pgcluster: {error}");
    refused(&[], ["Accepted", "Ready"], ("Unreadable", &why), now, None)
}

const NO_SUCH_CLUSTER: &str = "NoSuchCluster";

fn refused(
    old: &[Condition],
    types: [&'static str; 2],
    (reason, why): (&str, &str),
    now: Timestamp,
    generation: Option<i64>,
) -> Vec<Condition> {
    let claims = types.map(|type_| Claim::no(type_, reason, why));
    condition::merge(old, claims.into(), now, generation)
}

#[cfg(test)]
mod tests {
    use pgo_crd::{PgreplicaSpec, PgtaskSpec};

    use super::*;

    fn asked(tasktype: &str) -> Pgtask {
        Pgtask::new(
            "t",
            PgtaskSpec {
                tasktype: tasktype.into(),
                ..PgtaskSpec::default()
            },
        )
    }

    fn said(status: &PgtaskStatus) -> Vec<(&str, &str, &str)> {
        let conditions = status.conditions.iter();
        conditions
            .map(|it| (it.type_.as_str(), it.status.as_str(), it.reason.as_str()))
            .collect()
    }

    #[test]
    fn a_task_hears_that_its_type_is_unknown_before_it_hears_of_clusters() {
        let absent = Missing::Absent {
            cluster: "hippo",
            namespace: "ns",
        };
        for (tasktype, missing, reason, why) in [
            (
                "brew-tea",
                Missing::Unnamed,
                "NotAvailableYet",
                "tasks of type \"brew-tea\" are not available yet",
            ),
            (
                "brew-tea",
                absent,
                "NotAvailableYet",
                "tasks of type \"brew-tea\" are not available yet",
            ),
            (
                "delete-data",
                Missing::Unnamed,
                "NoSuchCluster",
                "it names no cluster: make it again with the label pg-cluster",
            ),
            (
                "delete-data",
                absent,
                "NoSuchCluster",
                "there is no cluster hippo in namespace ns",
            ),
        ] {
            let status = task(&asked(tasktype), missing, Timestamp::UNIX_EPOCH);
            assert_eq!(status.state, "pgtask Processed");
            assert_eq!(status.message, why);
            assert_eq!(
                said(&status),
                [("Accepted", "False", reason), ("Done", "False", reason)]
            );
        }
    }

    #[test]
    fn saying_it_again_changes_nothing() {
        let mut asked = asked("brew-tea");
        let first = task(&asked, Missing::Unnamed, Timestamp::UNIX_EPOCH);
        asked.status = Some(first.clone());
        let later = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(task(&asked, Missing::Unnamed, later), first);
    }

    #[test]
    fn a_replica_hears_where_to_name_its_cluster() {
        let asked = Pgreplica::new("hippo-abcd", PgreplicaSpec::default());
        let status = replica(&asked, Missing::Unnamed, Timestamp::UNIX_EPOCH);
        assert_eq!(
            (status.state.as_str(), status.message.as_str()),
            (
                "pgreplica Created",
                "it names no cluster: say which one in spec.clustername"
            )
        );
        let types: Vec<_> = status.conditions.iter().map(|it| it.type_.as_str()).collect();
        assert_eq!(types, ["Accepted", "Ready"]);
    }
}
