//! Who may write: one operator at a time, told by a `Lease`.
//!
//! The usual lease is renewed every few seconds, which are the only writes of an idle operator and most of its
//! requests. Here the holder names its pod, and Kubernetes itself knows whether that pod lives: its kubelet tells the
//! server anyway. So nothing is renewed. Who waits looks at the holder's pod and takes over when it is gone, has
//! ended, or has been told to end and had the time for it; who holds the lease watches it and stops at once when it
//! names another. An operator that does not run in a pod has nobody to vouch for it and renews in the usual way.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease as Stored, LeaseSpec};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::time::{Instant, sleep};
use tracing::{debug, info};

use crate::call::asked;
use crate::error::{Error, ObjectName, Verb, chain};
use crate::follow::follow;

/// How often who waits looks again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a holder that nobody vouches for renews, and after which silence it counts as dead.
const RENEW_EVERY: Duration = Duration::from_secs(10);
const DEAD_AFTER: Duration = Duration::from_secs(30);
/// A pod that was to end by now may be late by this much.
const LATE: SignedDuration = SignedDuration::from_secs(10);

/// The lease of an installation.
#[derive(Clone)]
pub struct Lease {
    client: Client,
    namespace: String,
    name: String,
    me: Holder,
}

/// One operator process, as the lease names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// It runs in a pod of the lease's namespace.
    Pod {
        /// Name of the pod.
        name: String,
        /// Its uid.
        uid: String,
    },
    /// It runs anywhere.
    Process(String),
}

impl Holder {
    /// Finds out who we are: the pod that `MY_POD_NAME` or our host name tells, or just a process.
    pub async fn me(client: &Client, namespace: &str) -> Self {
        // The host name is the pod's name too, unless the pod lives in its node's network.
        let host = std::env::var("MY_POD_NAME")
            .or_else(|_| std::env::var("HOSTNAME"))
            .unwrap_or_default();
        let process = Self::Process(format!(
            "{host}-{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        ));
        if host.is_empty() || std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
            return process;
        }
        let object = ObjectName::of::<Pod>(namespace, &host);
        let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
        match asked(Verb::Get, object, pods.get_metadata(&host)).await {
            Ok(pod) => Self::Pod {
                name: host,
                uid: pod.metadata.uid.unwrap_or_default(),
            },
            Err(error) => {
                info!(
                    error = chain(&error),
                    "our own pod cannot be read, so the lease is renewed by us"
                );
                process
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split('/').collect::<Vec<_>>()[..] {
            ["pod", name, uid] => Some(Self::Pod {
                name: name.to_owned(),
                uid: uid.to_owned(),
            }),
            [name] if !name.is_empty() => Some(Self::Process(name.to_owned())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pod { name, uid } => write!(f, "pod/{name}/{uid}"),
            Self::Process(name) => f.write_str(name),
        }
    }
}

impl Lease {
    /// Names the lease; nothing is asked yet.
    pub fn new(client: Client, namespace: &str, name: &str, me: Holder) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            me,
        }
    }

    /// Waits until the lease is ours.
    pub async fn acquire(&self) {
        // What we saw last of a holder that renews, and since when it has not changed, by our own clock.
        let mut unchanged: Option<(Stored, Instant)> = None;
        loop {
            match self.try_acquire(&mut unchanged).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => debug!(error = chain(&error), "the lease cannot be had yet"),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until the lease is no longer ours. While it is, renews it where nobody vouches for us.
    pub async fn lost(&self) {
        match &self.me {
            Holder::Pod { .. } => self.until_taken().await,
            Holder::Process(_) => self.renew_until_taken().await,
        }
    }

    /// Gives the lease back, so that the next one need not wait.
    pub async fn release(&self) -> Result<(), Error> {
        match self.read().await? {
            Some(lease) if self.is_ours(&lease) => self.write(lease, None).await.map(|_| ()),
            _ => Ok(()),
        }
    }

    async fn try_acquire(&self, unchanged: &mut Option<(Stored, Instant)>) -> Result<bool, Error> {
        let Some(lease) = self.read().await? else {
            return self.ours(self.create().await);
        };
        if self.is_ours(&lease) {
            return Ok(true);
        }
        let free = match holder(&lease) {
            None => true,
            Some(Holder::Pod { name, uid }) => self.has_ended(&name, &uid).await?,
            Some(Holder::Process(_)) => {
                let since = match unchanged {
                    Some((seen, since)) if *seen == lease => *since,
                    _ => Instant::now(),
                };
                *unchanged = Some((lease.clone(), since));
                DEAD_AFTER < since.elapsed()
            }
        };
        if !free {
            return Ok(false);
        }
        self.ours(self.write(lease, Some(&self.me)).await)
    }

    /// Losing a race is no error.
    fn ours(&self, fate: Result<Stored, Error>) -> Result<bool, Error> {
        match fate {
            Ok(_) => {
                info!(holder = %self.me, "the lease is ours");
                Ok(true)
            }
            Err(error) if error.is_conflict() || error.is_already_exists() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn has_ended(&self, name: &str, uid: &str) -> Result<bool, Error> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        let object = ObjectName::of::<Pod>(&self.namespace, name);
        let pod = asked(Verb::Get, object, pods.get_opt(name)).await?;
        Ok(pod.is_none_or(|pod| ended(&pod, uid, Timestamp::now())))
    }

    async fn until_taken(&self) {
        let mut leases = pin!(follow::<Stored>(&self.client, &self.namespace, &self.name));
        while let Some(lease) = leases.next().await {
            if lease.is_some_and(|lease| !self.is_ours(&lease)) {
                return;
            }
        }
    }

    async fn renew_until_taken(&self) {
        let mut renewed = Instant::now();
        while renewed.elapsed() + RENEW_EVERY < DEAD_AFTER {
            sleep(RENEW_EVERY).await;
            match self.read().await {
                Ok(Some(lease)) if self.is_ours(&lease) => {
                    if self.write(lease, Some(&self.me)).await.is_ok() {
                        renewed = Instant::now();
                    }
                }
                Ok(_) => return,
                Err(error) => debug!(error = chain(&error), "the lease cannot be renewed"),
            }
        }
    }

    fn is_ours(&self, lease: &Stored) -> bool {
        holder(lease).as_ref() == Some(&self.me)
    }

    async fn read(&self) -> Result<Option<Stored>, Error> {
        asked(Verb::Get, self.named(), self.api().get_opt(&self.name)).await
    }

    async fn create(&self) -> Result<Stored, Error> {
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(self.namespace.clone()),
            ..ObjectMeta::default()
        };
        let lease = held(Stored { metadata, spec: None }, Some(&self.me), Timestamp::now());
        asked(
            Verb::Create,
            self.named(),
            self.api().create(&PostParams::default(), &lease),
        )
        .await
    }

    /// Replaces exactly the version that was read.
    async fn write(&self, lease: Stored, holder: Option<&Holder>) -> Result<Stored, Error> {
        let lease = held(lease, holder, Timestamp::now());
        asked(
            Verb::Patch,
            self.named(),
            self.api().replace(&self.name, &PostParams::default(), &lease),
        )
        .await
    }

    fn api(&self) -> Api<Stored> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn named(&self) -> ObjectName {
        ObjectName::of::<Stored>(&self.namespace, &self.name)
    }
}

fn holder(lease: &Stored) -> Option<Holder> {
    Holder::parse(lease.spec.as_ref()?.holder_identity.as_deref()?)
}

/// The lease as it is after `holder` has taken, renewed or (none) released it.
fn held(mut lease: Stored, holder: Option<&Holder>, now: Timestamp) -> Stored {
    let before = lease.spec.take().unwrap_or_default();
    let identity = holder.map(ToString::to_string);
    let same = before.holder_identity == identity;
    lease.spec = Some(LeaseSpec {
        acquire_time: if same {
            before.acquire_time
        } else {
            Some(MicroTime(now))
        },
        lease_duration_seconds: i32::try_from(DEAD_AFTER.as_secs()).ok(),
        lease_transitions: Some(before.lease_transitions.unwrap_or_default() + i32::from(!same)),
        renew_time: Some(MicroTime(now)),
        holder_identity: identity,
        ..LeaseSpec::default()
    });
    lease
}

/// Whether the pod that held the lease cannot be writing any more.
fn ended(pod: &Pod, uid: &str, now: Timestamp) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let due = pod
        .metadata
        .deletion_timestamp
        .as_ref()
        .is_some_and(|due| due.0 + LATE < now);
    pod.metadata.uid.as_deref() != Some(uid) || matches!(phase, Some("Succeeded" | "Failed")) || due
}

#[cfg(test)]
mod tests;
