//! What one pass decides. A [`Plan`] is a value: compare it, print it, snapshot it.
//!
//! Nothing here knows how a wish reaches the cluster; that is the business of the crate that applies plans.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{PgclusterStatus, Pgreplica, PgreplicaStatus, PgtaskStatus};
use serde::Serialize;

use crate::event::Event;
use crate::secret::SecretOnce;

/// Everything one pass wants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// What should exist.
    pub objects: Desired,
    /// What must be found to exist still, with these uids and not on its way out, before anything is created that
    /// nobody owns: Secrets and volumes. The hand asks the API server itself, because an old view would leave behind
    /// what no later pass takes away. It need not ask when nothing of the kind is to be created.
    pub requires: Vec<Exactly>,
    /// At most one thing that cannot be said as "this object should exist".
    pub action: Option<Action>,
    /// Whether the cluster's finalizer is held.
    pub finalizer: Finalizer,
    /// Labels merged into the metadata of the `Pgcluster` (never its spec).
    pub labels: BTreeMap<String, String>,
    /// From what was seen, never from what we hope.
    pub status: PgclusterStatus,
    /// Status of replicas by object name; only those this pass has something to say about.
    pub replicas: BTreeMap<String, PgreplicaStatus>,
    /// Status of tasks by object name; only those this pass has something to say about.
    pub tasks: BTreeMap<String, PgtaskStatus>,
    /// Why nothing more happens now.
    pub waiting_on: Vec<WaitingOn>,
    /// What the world should be told, once.
    pub events: Vec<Event>,
    /// When to look again if nothing changes.
    pub next: Next,
}

/// Objects that should exist. Written in the order of the fields, those within one field concurrently;
/// workloads come last.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Desired {
    /// Created if absent, or complained about; never overwritten.
    pub secrets: Vec<SecretOnce>,
    /// Kept equal to the wish.
    pub config_maps: Vec<ConfigMap>,
    /// Kept equal to the wish.
    pub services: Vec<Service>,
    /// Created if absent; their endpoints belong to the instance that holds the leader lock.
    pub endpoint_slices: Vec<EndpointSlice>,
    /// Created if absent; a volume is never changed by a pass.
    pub claims: Vec<PersistentVolumeClaim>,
    /// Created if absent: the replicas that a cluster is born with.
    pub replicas: Vec<Pgreplica>,
    /// Created if absent; a Job is immutable (see [`Action::Replace`]).
    pub jobs: Vec<Job>,
    /// Kept equal to the wish.
    pub deployments: Vec<Deployment>,
}

/// What server-side apply cannot express. A closed list; each is idempotent or guarded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Action {
    /// Deletes the finished Job with this uid and creates its successor.
    Replace {
        /// The Job to create.
        job: Box<Job>,
        /// The uid of the Job that it replaces.
        instead_of: String,
    },
    /// Puts another Secret in the place of the one with this uid, which goes only when the other has been made up.
    Renew {
        /// The Secret to create.
        secret: Box<SecretOnce>,
        /// The uid of the Secret that it replaces.
        instead_of: String,
    },
    /// Writes onto volumes which one was the last primary's, or takes that off them; one that is gone needs nothing.
    Mark {
        /// The volumes to write on.
        claims: Vec<Exactly>,
        /// Name of the last primary's.
        last_primary: Option<String>,
    },
    /// Deletes objects; one that is already gone counts as deleted. When the finalizer is released in the same pass,
    /// this comes first, and the finalizer stays if it fails.
    Delete(Vec<Exactly>),
}

/// One object to delete, named so exactly that a namesake created later survives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exactly {
    /// Its kind.
    pub kind: Kind,
    /// Its name, in the namespace of the cluster.
    pub name: String,
    /// Precondition. Absent only for Patroni's ConfigMaps, which are not watched: the hand that deletes one first
    /// makes sure that its label `crunchy-pgha-scope` names the cluster, lest a user's namesake be lost.
    pub uid: Option<String>,
    /// Precondition of a deletion that relies on what the object says: it must be as it was seen.
    pub version: Option<String>,
}

impl Exactly {
    /// Names an object that was seen.
    pub fn new(kind: Kind, metadata: &ObjectMeta) -> Self {
        Self {
            kind,
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone(),
            version: None,
        }
    }

    /// Names an object in the form in which it was seen.
    pub fn as_seen(kind: Kind, metadata: &ObjectMeta) -> Self {
        Self {
            version: metadata.resource_version.clone(),
            ..Self::new(kind, metadata)
        }
    }
}

/// The kinds that a plan may delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Kind {
    /// `apps/v1`
    Deployment,
    /// `batch/v1`
    Job,
    /// `v1`
    Service,
    /// `discovery.k8s.io/v1`
    EndpointSlice,
    /// `v1`
    ConfigMap,
    /// `v1`
    Secret,
    /// `v1`
    PersistentVolumeClaim,
    /// `crunchydata.com/v1`
    Pgcluster,
    /// `crunchydata.com/v1`
    Pgreplica,
    /// `crunchydata.com/v1`
    Pgtask,
}

/// What becomes of the finalizer on the `Pgcluster`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Finalizer {
    /// It must be there before anything else is written.
    Hold,
    /// Everything that had to go is gone: take it away.
    Release,
    /// Leave it as it is.
    Leave,
}

/// Why nothing more happens now. A value, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum WaitingOn {
    /// The repository's pod is not ready.
    Repository,
    /// No instance is a ready primary.
    Primary,
    /// A Job runs.
    Job(String),
    /// A Job failed and is tried again at this time.
    Retry(String, Timestamp),
    /// The replicas that the cluster is born with have not all been declared.
    Replicas,
    /// An instance that was changed and is not ready again; the others keep their old form until it is.
    Instance(String),
    /// Pods that still run.
    Pods(Vec<String>),
    /// Objects that are being deleted.
    Deletion(Vec<String>),
    /// The user must change something first.
    Correction,
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Next {
    /// A watch wakes us.
    AwaitChange,
    /// At this time even if nothing changes.
    At(Timestamp),
}
