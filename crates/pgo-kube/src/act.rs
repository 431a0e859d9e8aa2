//! The one thing per pass that cannot be said as "this object should exist".

use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use pgo_crd::{Pgcluster, Pgreplica, Pgtask};
use pgo_plan::plan::{Action, Exactly, Kind};

use crate::call::{Kube, place};
use crate::error::{Error, ObjectName, Verb};
use crate::outcome::Outcome;

impl Kube {
    /// Carries an action out.
    pub(crate) async fn act(&self, cluster: &Pgcluster, action: &Action) -> Outcome {
        let mut outcome = Outcome::default();
        match action {
            Action::Replace { job, instead_of } => {
                outcome.note(Verb::Create, job.as_ref(), self.replace(job, instead_of).await);
            }
            Action::Delete(objects) => {
                let namespace = cluster.metadata.namespace.as_deref().unwrap_or_default();
                let fates = join_all(
                    objects
                        .iter()
                        .map(|object| self.delete_exactly(namespace, object)),
                )
                .await;
                for (object, fate) in objects.iter().zip(fates) {
                    let name = ObjectName {
                        kind: format!("{:?}", object.kind),
                        namespace: namespace.to_owned(),
                        name: object.name.clone(),
                    };
                    outcome.note_named(Verb::Delete, name, fate.map(|()| true));
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

    async fn delete_exactly(&self, namespace: &str, object: &Exactly) -> Result<(), Error> {
        let (name, uid) = (object.name.as_str(), object.uid.as_deref());
        match object.kind {
            Kind::Deployment => self.delete::<Deployment>(namespace, name, uid).await,
            Kind::Job => self.delete::<Job>(namespace, name, uid).await,
            Kind::Service => self.delete::<Service>(namespace, name, uid).await,
            Kind::EndpointSlice => self.delete::<EndpointSlice>(namespace, name, uid).await,
            Kind::ConfigMap => self.delete::<ConfigMap>(namespace, name, uid).await,
            Kind::Secret => self.delete::<Secret>(namespace, name, uid).await,
            Kind::PersistentVolumeClaim => self.delete::<PersistentVolumeClaim>(namespace, name, uid).await,
            Kind::Pgcluster => self.delete::<Pgcluster>(namespace, name, uid).await,
            Kind::Pgreplica => self.delete::<Pgreplica>(namespace, name, uid).await,
            Kind::Pgtask => self.delete::<Pgtask>(namespace, name, uid).await,
        }
    }
}
