//! The one thing per pass that cannot be said as "this object should exist".

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim};
use pgo_crd::Pgcluster;
use pgo_plan::plan::{Action, Exactly};
use serde_json::json;

use crate::call::{Kube, place};
use crate::error::{Error, ObjectName, Verb};
use crate::label::{self, LAST_PRIMARY};
use crate::once::named;
use crate::outcome::Outcome;

/// Evaluates an expression with `K` as the type of a kind that is only known at run time.
macro_rules! with_kind {
    ($kind:expr, $K:ident => $do:expr) => {{
        use k8s_openapi::api::{
            apps::v1 as apps, batch::v1 as batch, core::v1 as core, discovery::v1 as discovery,
        };
        macro_rules! of {
            ($type:ty) => {{
                type $K = $type;
                $do
            }};
        }
        match $kind {
            pgo_plan::plan::Kind::Deployment => of!(apps::Deployment),
            pgo_plan::plan::Kind::Job => of!(batch::Job),
            pgo_plan::plan::Kind::Service => of!(core::Service),
            pgo_plan::plan::Kind::EndpointSlice => of!(discovery::EndpointSlice),
            pgo_plan::plan::Kind::ConfigMap => of!(core::ConfigMap),
            pgo_plan::plan::Kind::Secret => of!(core::Secret),
            pgo_plan::plan::Kind::PersistentVolumeClaim => of!(core::PersistentVolumeClaim),
            pgo_plan::plan::Kind::Pgcluster => of!(pgo_crd::Pgcluster),
            pgo_plan::plan::Kind::Pgreplica => of!(pgo_crd::Pgreplica),
            pgo_plan::plan::Kind::Pgtask => of!(pgo_crd::Pgtask),
        }
    }};
}
pub(crate) use with_kind;

impl Kube {
    /// Carries an action out.
    pub(crate) async fn act(&self, cluster: &Pgcluster, action: &Action) -> Outcome {
        let mut outcome = Outcome::default();
        match action {
            Action::Replace { job, instead_of } => {
                outcome.note(Verb::Create, job.as_ref(), self.replace(job, instead_of).await);
            }
            Action::Renew { secret, instead_of } => {
                let fate = self.renew(secret, instead_of, Timestamp::now()).await;
                outcome.note_named(Verb::Create, named(secret), fate);
            }
            Action::Mark { claims, last_primary } => {
                let marks = claims
                    .iter()
                    .map(|claim| self.mark(cluster, claim, last_primary.as_deref()));
                for (claim, fate) in claims.iter().zip(join_all(marks).await) {
                    outcome.note_named(Verb::Patch, object_name(cluster, claim), fate);
                }
            }
            Action::Delete(objects) => {
                let fates = join_all(objects.iter().map(|object| self.delete_exactly(cluster, object))).await;
                for (object, fate) in objects.iter().zip(fates) {
                    outcome.note_named(Verb::Delete, object_name(cluster, object), fate.map(|()| true));
                }
            }
        }
        outcome
    }

    /// Deletes a finished Job and creates its successor. Dying in between is harmless: then there is no Job, and
    /// the next plan wants one.
    async fn replace(&self, job: &Job, instead_of: &str) -> Result<bool, Error> {
        let (namespace, name) = place(job);
        self.delete::<Job>(&namespace, &name, Some(instead_of)).await?;
        self.create(job).await.map(|_| true)
    }

    /// Writes onto a volume which one was the last primary's, or takes that off it.
    async fn mark(
        &self,
        cluster: &Pgcluster,
        claim: &Exactly,
        last_primary: Option<&str>,
    ) -> Result<bool, Error> {
        let (namespace, _) = place(cluster);
        let patch = json!({"metadata": {"uid": claim.uid, "annotations": {LAST_PRIMARY: last_primary}}});
        match self
            .merge::<PersistentVolumeClaim>(&namespace, &claim.name, &patch)
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn delete_exactly(&self, cluster: &Pgcluster, object: &Exactly) -> Result<(), Error> {
        let (namespace, owner) = place(cluster);
        if object.uid.is_none() {
            return self.delete_patronis(&namespace, &object.name, &owner).await;
        }
        with_kind!(object.kind, K => self.delete_as_seen::<K>(&namespace, object).await)
    }

    /// Deletes a `ConfigMap` of Patroni's. They are in no cache, and a user's own may have such a name, so it is
    /// looked at first.
    async fn delete_patronis(&self, namespace: &str, name: &str, cluster: &str) -> Result<(), Error> {
        let Some(there) = self.find_meta::<ConfigMap>(namespace, name).await? else {
            return Ok(());
        };
        let scope = there.labels.as_ref().and_then(|labels| labels.get(label::SCOPE));
        if scope.is_none_or(|scope| scope != cluster) {
            return Ok(());
        }
        self.delete::<ConfigMap>(namespace, name, there.uid.as_deref())
            .await
    }
}

fn object_name(cluster: &Pgcluster, object: &Exactly) -> ObjectName {
    ObjectName {
        kind: format!("{:?}", object.kind),
        namespace: place(cluster).0,
        name: object.name.clone(),
    }
}

#[cfg(test)]
mod tests;
