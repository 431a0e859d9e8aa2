//! Tells users what was seen and done: statuses and events. A status is sent only if it says something new.

mod event;

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Api, Resource};
use pgo_crd::{
    Condition, Pgcluster, PgclusterStatus, Pgpolicy, PgpolicyStatus, Pgreplica, PgreplicaStatus, Pgtask,
    PgtaskStatus,
};
use pgo_plan::plan::Plan;
use serde_json::{Value, json};

use crate::call::{Kube, MANAGER, asked, place};
use crate::differs::without_nulls;
use crate::error::{Error, ObjectName, Remedy, Verb, chain};
use crate::kind::Kept;
use crate::outcome::Outcome;
use crate::store::Memory;

/// The condition that says whether all is well.
const READY: &str = "Ready";

impl Kube {
    /// Writes the statuses of a plan that has been applied, and then its events.
    ///
    /// Also after a failure: then the status does not claim to answer the present spec, and says what the user must
    /// change if that helps. Returns whether anything was written.
    pub async fn record(&self, cluster: &Pgcluster, plan: &Plan, outcome: &Outcome) -> Result<bool, Error> {
        if outcome.released {
            self.publish(cluster, &plan.events).await?;
            return Ok(true);
        }
        let known = self.known(cluster);
        let status = json!(tempered(plan.status.clone(), known.as_ref(), outcome));
        let known = json!(known.unwrap_or_default());
        let (namespace, _) = place(cluster);
        let (own, replicas, tasks) = tokio::join!(
            self.record_status(cluster, &status, &known),
            self.record_replicas(&namespace, &plan.replicas),
            self.record_tasks(&namespace, &plan.tasks),
        );
        let wrote = own? | replicas? | tasks?;
        // After the status: an event is told when a status changes, and must not be told again because of a crash.
        self.publish(cluster, &plan.events).await?;
        Ok(wrote || !plan.events.is_empty())
    }

    /// Writes the statuses of replicas, by name. Returns whether anything was written.
    pub async fn record_replicas(
        &self,
        namespace: &str,
        statuses: &BTreeMap<String, PgreplicaStatus>,
    ) -> Result<bool, Error> {
        let written = join_all(statuses.iter().map(|(name, status)| {
            self.record_known::<Pgreplica>(namespace, name, json!(status), |it| json!(it.status))
        }));
        any(written.await)
    }

    /// Writes the statuses of tasks, by name. Returns whether anything was written.
    pub async fn record_tasks(
        &self,
        namespace: &str,
        statuses: &BTreeMap<String, PgtaskStatus>,
    ) -> Result<bool, Error> {
        let written = join_all(statuses.iter().map(|(name, status)| {
            self.record_known::<Pgtask>(namespace, name, json!(status), |it| json!(it.status))
        }));
        any(written.await)
    }

    /// Writes the status of a policy. Returns whether anything was written.
    pub async fn record_policy(&self, policy: &Pgpolicy, status: &PgpolicyStatus) -> Result<bool, Error> {
        self.record_status(policy, &json!(status), &json!(policy.status))
            .await
    }

    /// Says of an object that cannot be read as a `Pgcluster` that it cannot.
    pub async fn record_unreadable(
        &self,
        metadata: &ObjectMeta,
        conditions: &[Condition],
    ) -> Result<(), Error> {
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let name = metadata.name.as_deref().unwrap_or_default();
        let wanted = status_of::<Pgcluster>(metadata, &json!({ "conditions": conditions }));
        // The answer cannot be read as a Pgcluster either.
        let resource = ApiResource::erase::<Pgcluster>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), namespace, &resource);
        let how = PatchParams::apply(MANAGER).force();
        let wanted = Patch::Apply(wanted);
        let object = ObjectName::of::<Pgcluster>(namespace, name);
        asked(Verb::Apply, object, api.patch_status(name, &how, &wanted))
            .await
            .map(drop)
    }

    /// Writes the status of one replica or task that is known to exist, whoever's it is.
    async fn record_known<K: Kept<Memory = K> + Memory>(
        &self,
        namespace: &str,
        name: &str,
        status: Value,
        present: impl Fn(&K) -> Value,
    ) -> Result<bool, Error> {
        match self.caches.get::<K>(namespace, name) {
            Some(object) => {
                self.record_status(object.as_ref(), &status, &present(&object))
                    .await
            }
            None => Ok(false),
        }
    }

    /// Applies a status if it differs from the present one. An object that is gone needs none.
    pub(crate) async fn record_status<K: Kept>(
        &self,
        object: &K,
        status: &Value,
        present: &Value,
    ) -> Result<bool, Error> {
        let status = without_nulls(status.clone());
        if status == without_nulls(present.clone()) {
            return Ok(false);
        }
        let (namespace, name) = place(object);
        let wanted = status_of::<K>(object.meta(), &status);
        match self.apply_status::<K>(&namespace, &name, &wanted).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The newest status that we know of.
    fn known(&self, cluster: &Pgcluster) -> Option<PgclusterStatus> {
        let (namespace, name) = place(cluster);
        let cached = self.caches.clusters.get(&namespace, &name);
        let cached = cached.filter(|cached| cached.metadata.uid == cluster.metadata.uid);
        cached.map_or_else(|| cluster.status.clone(), |cached| cached.status.clone())
    }
}

/// A status as it is applied: to this very object and no namesake.
fn status_of<K: Resource<DynamicType = ()>>(metadata: &ObjectMeta, status: &Value) -> Value {
    json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": { "name": metadata.name, "namespace": metadata.namespace, "uid": metadata.uid },
        "status": status,
    })
}

/// Whether any of them wrote; the first error if any failed.
fn any(fates: Vec<Result<bool, Error>>) -> Result<bool, Error> {
    fates.into_iter().try_fold(false, |any, fate| Ok(any | fate?))
}

/// What may be said of a spec whose plan could not be carried out: nothing about its generation, and the reason.
fn tempered(
    mut status: PgclusterStatus,
    known: Option<&PgclusterStatus>,
    outcome: &Outcome,
) -> PgclusterStatus {
    let Some(failure) = &outcome.failure else {
        return status;
    };
    status.observed_generation = known.and_then(|known| known.observed_generation);
    if failure.remedy() == Remedy::Retry {
        return status;
    }
    let before = known.and_then(|known| known.conditions.iter().find(|it| it.type_ == READY));
    let unready = before
        .filter(|it| it.status == "False")
        .map(|it| it.last_transition_time.clone());
    let now = || k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(jiff::Timestamp::now());
    let blocked = Condition {
        type_: READY.to_owned(),
        status: "False".to_owned(),
        reason: match failure {
            Error::Lost { .. } => "SecretLost",
            _ => "WriteRefused",
        }
        .to_owned(),
        message: chain(failure),
        last_transition_time: unready.unwrap_or_else(now),
        observed_generation: None,
    };
    status.conditions.retain(|it| it.type_ != READY);
    status.conditions.push(blocked);
    status
}

#[cfg(test)]
mod tests;
