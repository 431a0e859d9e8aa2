//! Tasks: requests that become a closed enum as soon as they are read, and the ones that the API server writes.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgtask, PgtaskSpec, PgtaskStatus, state};

use crate::labels::{self, Labels};
use crate::names::{ClusterName, InstanceName};

/// Step of the diary: the request was written.
pub const SUBMITTED: &str = "task submitted";
/// Step of the diary: what was asked for is there.
pub const COMPLETED: &str = "task completed";

const DELETE_DATA: &str = "delete-data";
const WORKFLOW: &str = "workflow";
const ADD_POLICIES: &str = "addpolicies";

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRequest {
    /// The cluster shall go.
    RemoveCluster(Removal),
    /// One replica shall go.
    RemoveReplica {
        /// Which.
        replica: InstanceName,
        /// Whether its volume goes too.
        delete_data: bool,
    },
    /// Nothing: it is the diary of a workflow.
    Diary,
    /// Something that no workflow of this version answers.
    Other,
}

/// What goes with a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Volumes of instances, and Secrets with passwords.
    pub data: bool,
    /// The repository.
    pub backups: bool,
}

impl Removal {
    /// What happens to a cluster that was deleted without saying more: nothing is lost.
    pub const KEEP_ALL: Self = Self {
        data: false,
        backups: false,
    };
}

impl From<&Pgtask> for TaskRequest {
    fn from(task: &Pgtask) -> Self {
        let says = |key: &str| task.spec.parameters.get(key).is_some_and(|value| value == "true");
        match task.spec.tasktype.as_str() {
            DELETE_DATA if says("is-replica") => Self::RemoveReplica {
                replica: InstanceName::new(
                    task.spec
                        .parameters
                        .get("replica-name")
                        .cloned()
                        .unwrap_or_default(),
                ),
                delete_data: says("delete-data"),
            },
            DELETE_DATA if !says("is-backup") => Self::RemoveCluster(Removal {
                data: says("delete-data"),
                backups: says("delete-backups"),
            }),
            WORKFLOW => Self::Diary,
            _ => Self::Other,
        }
    }
}

/// The reason and the sentence for a task that no workflow of this version answers.
pub(crate) fn not_available(task: &Pgtask) -> (&'static str, String) {
    let type_ = &task.spec.tasktype;
    (
        "NotAvailableYet",
        format!("tasks of type \"{type_}\" are not available yet"),
    )
}

/// The diary of a cluster's creation.
pub fn creation(cluster: &ClusterName, namespace: &str, workflow: &str, owner: &str, now: &str) -> Pgtask {
    let labels = labels::with(
        cluster,
        [(labels::WORKFLOW_ID, workflow), (labels::PGOUSER, owner)],
    );
    let parameters = [
        (labels::CLUSTER, cluster.as_str()),
        (labels::WORKFLOW_ID, workflow),
        (SUBMITTED, now),
    ];
    new(cluster.creation_task(), namespace, labels, WORKFLOW, &parameters)
}

/// The request to apply policies to a new cluster.
pub fn policies(cluster: &ClusterName, namespace: &str, policies: &[&str]) -> Pgtask {
    let parameters: Vec<_> = policies.iter().map(|policy| (*policy, *policy)).collect();
    let mut task = new(
        cluster.policies_task(),
        namespace,
        labels::with(cluster, []),
        ADD_POLICIES,
        &parameters,
    );
    task.spec.status = "requested".into();
    task
}

/// The request to remove a cluster.
pub fn removal(cluster: &ClusterName, namespace: &str, removal: Removal) -> Pgtask {
    rmdata(cluster, namespace, cluster.removal_task(), "", removal)
}

/// The request to remove a replica.
pub fn scaledown(
    cluster: &ClusterName,
    namespace: &str,
    replica: &InstanceName,
    delete_data: bool,
) -> Pgtask {
    let removal = Removal {
        data: delete_data,
        backups: false,
    };
    rmdata(
        cluster,
        namespace,
        replica.removal_task(),
        replica.as_str(),
        removal,
    )
}

fn rmdata(cluster: &ClusterName, namespace: &str, name: String, replica: &str, removal: Removal) -> Pgtask {
    let flag = |value: bool| if value { "true" } else { "false" };
    let parameters = [
        ("delete-data", flag(removal.data)),
        ("delete-backups", flag(removal.backups)),
        ("is-replica", flag(!replica.is_empty())),
        ("is-backup", "false"),
        (labels::CLUSTER, cluster.as_str()),
        ("replica-name", replica),
        (labels::SCOPE, cluster.as_str()),
    ];
    new(
        name,
        namespace,
        labels::with(cluster, [(labels::REMOVAL, "true")]),
        DELETE_DATA,
        &parameters,
    )
}

fn new(name: String, namespace: &str, labels: Labels, tasktype: &str, parameters: &[(&str, &str)]) -> Pgtask {
    let pairs = parameters
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Pgtask {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(namespace.to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        spec: PgtaskSpec {
            namespace: namespace.to_owned(),
            name,
            tasktype: tasktype.to_owned(),
            parameters: pairs.collect::<BTreeMap<_, _>>(),
            ..PgtaskSpec::default()
        },
        status: Some(PgtaskStatus {
            state: state::TASK_CREATED.into(),
            message: "Created, not processed yet".into(),
            ..PgtaskStatus::default()
        }),
    }
}
