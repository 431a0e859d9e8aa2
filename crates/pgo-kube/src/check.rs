//! What is asked before anything is written, because the answer is in no cache.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::Pgcluster;
use pgo_plan::plan::{Desired, Exactly, Kind};

use crate::act::with_kind;
use crate::call::{Kube, place};
use crate::error::{Error, ObjectName};
use crate::kind::Kept;
use crate::label;
use crate::outcome::Outcome;
use crate::store::Memory as _;

impl Kube {
    /// Refuses to take over objects that happen to have a name that the cluster needs.
    ///
    /// Server-side apply would make them ours without a word. The server is asked only for objects that we do not
    /// know, which is at a birth; the answers arrive while the finalizer is written.
    pub(crate) async fn check_names(&self, cluster: &Pgcluster, wanted: &Desired) -> Result<(), Error> {
        let cluster = cluster.metadata.name.as_deref().unwrap_or_default();
        tokio::try_join!(
            self.check_names_of(cluster, &wanted.config_maps),
            self.check_names_of(cluster, &wanted.services),
            self.check_names_of(cluster, &wanted.deployments),
        )?;
        Ok(())
    }

    async fn check_names_of<K: Kept>(&self, cluster: &str, wanted: &[K]) -> Result<(), Error> {
        let checks = wanted.iter().map(|object| async move {
            let (namespace, name) = place(object);
            let free = match K::store(&self.caches).get(&namespace, &name) {
                Some(known) => !is_of_another(known.meta(), cluster),
                None => self
                    .find_meta::<K>(&namespace, &name)
                    .await?
                    .is_none_or(|there| is_of(&there, cluster)),
            };
            if free {
                Ok(())
            } else {
                Err(foreign(object, cluster))
            }
        });
        futures::future::try_join_all(checks).await.map(drop)
    }

    /// Makes sure that those for whom something is made that nobody owns are there still.
    ///
    /// An old view would make a volume or a Secret anew that was just removed, and no later pass would take it away.
    /// Nothing is asked when nothing of the kind is missing, nor of a cluster whose answer has just arrived.
    pub(crate) async fn check_requirements(
        &self,
        cluster: &Pgcluster,
        required: &[Exactly],
        wanted: &Desired,
        held: &Outcome,
    ) -> Result<(), Error> {
        let secrets = wanted.secrets.iter().any(|secret| self.makes_secret(secret));
        if !secrets && !wanted.claims.iter().any(|claim| self.is_unknown(claim)) {
            return Ok(());
        }
        let (namespace, _) = place(cluster);
        let checks = required.iter().map(|object| async {
            let answered = object.kind == Kind::Pgcluster && held.changed_the_world();
            let there = if answered {
                self.caches
                    .clusters
                    .get(&namespace, &object.name)
                    .map(|it| it.metadata.clone())
            } else {
                with_kind!(object.kind, K => self.find_meta::<K>(&namespace, &object.name).await)?
            };
            if there.is_some_and(|there| is_alive(&there, object)) {
                return Ok(());
            }
            let object = ObjectName {
                kind: format!("{:?}", object.kind),
                namespace: namespace.clone(),
                name: object.name.clone(),
            };
            Err(Error::Outdated { object })
        });
        futures::future::try_join_all(checks).await.map(drop)
    }

    fn is_unknown<K: Kept>(&self, object: &K) -> bool {
        let (namespace, name) = place(object);
        K::store(&self.caches).get(&namespace, &name).is_none()
    }
}

/// Whether an object says that it belongs to this cluster.
pub(crate) fn is_of(there: &ObjectMeta, cluster: &str) -> bool {
    owner(there) == Some(cluster)
}

/// Whether an object says that it belongs to another cluster. One of ours that has lost its label does not.
pub(crate) fn is_of_another(there: &ObjectMeta, cluster: &str) -> bool {
    owner(there).is_some_and(|owner| owner != cluster)
}

fn owner(there: &ObjectMeta) -> Option<&str> {
    there.labels.as_ref()?.get(label::CLUSTER).map(String::as_str)
}

/// An object of this name is in the way.
pub(crate) fn foreign<K: Kept>(object: &K, cluster: &str) -> Error {
    let (namespace, name) = place(object);
    Error::Foreign {
        object: ObjectName::of::<K>(&namespace, &name),
        cluster: cluster.to_owned(),
    }
}

fn is_alive(there: &ObjectMeta, wanted: &Exactly) -> bool {
    let same = wanted.uid.is_none() || there.uid == wanted.uid;
    same && there.deletion_timestamp.is_none()
}
