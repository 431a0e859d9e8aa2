//! The hand: carries a plan out, one write after another, until it dies.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_plan::Plan;
use pgo_plan::labels::{FINALIZER, LAST_PRIMARY};
use pgo_plan::plan::{Action, Desired, Exactly, Finalizer, Kind};
use pgo_plan::secret::Absent;

use super::kubernetes::may_make_database;
use super::{Objects, World};

/// How many writes the operator makes before it is killed.
pub(crate) struct Budget(pub(crate) usize);

impl Budget {
    /// Counts a write that changes something. Without life left, it does not happen.
    fn spend(&mut self, changes: bool) -> bool {
        if !changes || self.0 == 0 {
            return false;
        }
        self.0 -= 1;
        true
    }
}

impl World {
    /// Applies a plan; returns how many writes changed something.
    pub(crate) fn apply(&mut self, plan: &Plan, uid: Option<&str>, life: usize) -> usize {
        let mut budget = Budget(life);
        self.check_wishes(plan);
        if self.makes_ownerless(&plan.objects) && !plan.requires.iter().all(|it| self.lives(it)) {
            return 0;
        }
        self.hold(plan, uid, &mut budget);
        self.write_objects(&plan.objects, &mut budget);
        match &plan.action {
            Some(Action::Delete(objects)) => {
                for object in objects {
                    self.delete(object, &mut budget);
                }
            }
            Some(Action::Mark { claims, last_primary }) => {
                for claim in claims {
                    self.mark(claim, last_primary.as_deref(), &mut budget);
                }
            }
            // Certificates do not age here.
            None | Some(Action::Renew { .. }) => (),
            Some(Action::Replace { job, instead_of }) => {
                let name = job.metadata.name.clone().unwrap();
                self.delete(
                    &Exactly {
                        kind: Kind::Job,
                        name: name.clone(),
                        uid: Some(instead_of.clone()),
                        version: None,
                    },
                    &mut budget,
                );
                if budget.spend(!self.jobs.contains_key(&name)) {
                    let mut job = (**job).clone();
                    job.metadata = self.born(&job.metadata);
                    self.jobs.insert(name, job);
                }
            }
        }
        self.write_statuses(plan, uid, &mut budget);
        let ours = |world: &Self| {
            world
                .cluster
                .as_ref()
                .is_some_and(|it| it.metadata.uid.as_deref() == uid)
        };
        if plan.finalizer == Finalizer::Release && ours(self) && budget.spend(true) {
            self.cluster = None;
        }
        life - budget.0
    }

    /// What a plan wants must never be wrong, whether or not it is carried out.
    fn check_wishes(&mut self, plan: &Plan) {
        let first = plan.objects.deployments.iter().filter(|it| {
            let template = it.spec.as_ref().map(|spec| &spec.template);
            template
                .and_then(|template| template.spec.as_ref())
                .is_some_and(may_make_database)
        });
        if first.count() > 1 {
            self.wrongs.push("two first instances are wanted".into());
        }
    }

    fn makes_ownerless(&self, objects: &Desired) -> bool {
        let name = |metadata: &ObjectMeta| metadata.name.clone().unwrap();
        objects
            .secrets
            .iter()
            .any(|it| it.absent == Absent::Make && !self.secrets.contains_key(&name(&it.metadata)))
            || objects
                .claims
                .iter()
                .any(|it| !self.claims.contains_key(&name(&it.metadata)))
    }

    fn lives(&self, object: &Exactly) -> bool {
        let found = match object.kind {
            Kind::Pgcluster => self.cluster.as_ref().map(|it| &it.metadata),
            Kind::Pgreplica => self.replicas.get(&object.name).map(|it| &it.metadata),
            _ => None,
        };
        found.is_some_and(|it| it.uid == object.uid && it.deletion_timestamp.is_none())
    }

    fn hold(&mut self, plan: &Plan, uid: Option<&str>, budget: &mut Budget) {
        let Some(cluster) = self
            .cluster
            .as_mut()
            .filter(|it| it.metadata.uid.as_deref() == uid)
        else {
            return;
        };
        let finalizers = cluster.metadata.finalizers.get_or_insert_default();
        let missing = plan.finalizer == Finalizer::Hold && !finalizers.iter().any(|it| it == FINALIZER);
        // Kubernetes allows no new finalizer on what is being deleted.
        if budget.spend(missing && cluster.metadata.deletion_timestamp.is_none()) {
            finalizers.push(FINALIZER.into());
        }
        let labels = cluster.metadata.labels.get_or_insert_default();
        let mut wanted = labels.clone();
        wanted.extend(plan.labels.clone());
        if budget.spend(*labels != wanted) {
            *labels = wanted;
        }
    }

    fn write_objects(&mut self, objects: &Desired, budget: &mut Budget) {
        let Desired {
            secrets,
            config_maps,
            services,
            endpoint_slices,
            claims,
            replicas,
            jobs,
            deployments,
        } = objects;
        for secret in secrets {
            let name = secret.metadata.name.clone().unwrap();
            let makes = secret.absent == Absent::Make && !self.secrets.contains_key(&name);
            if budget.spend(makes) {
                let metadata = self.born(&secret.metadata);
                self.secrets.insert(name, metadata);
            }
        }
        macro_rules! create {
            ($wanted:expr, $kept:ident) => {
                for object in $wanted {
                    let name = object.metadata.name.clone().unwrap();
                    if budget.spend(!self.$kept.contains_key(&name)) {
                        let mut object = object.clone();
                        object.metadata = self.born(&object.metadata);
                        self.$kept.insert(name, object);
                    }
                }
            };
        }
        for config_map in config_maps {
            let name = config_map.metadata.name.clone().unwrap();
            let present = self.config_maps.get(&name);
            if budget.spend(present.is_none_or(|present| present.data != config_map.data)) {
                let mut written = config_map.clone();
                written.metadata = match present {
                    Some(present) => present.metadata.clone(),
                    None => self.born(&config_map.metadata),
                };
                self.config_maps.insert(name, written);
            }
        }
        create!(services, services);
        create!(endpoint_slices, slices);
        create!(claims, claims);
        create!(replicas, replicas);
        create!(jobs, jobs);
        for deployment in deployments {
            self.write_deployment(deployment, budget);
        }
    }

    fn write_deployment(&mut self, wanted: &k8s_openapi::api::apps::v1::Deployment, budget: &mut Budget) {
        let name = wanted.metadata.name.clone().unwrap();
        let Some(present) = self.deployments.get(&name) else {
            if budget.spend(true) {
                let is_replica = wanted
                    .metadata
                    .labels
                    .as_ref()
                    .unwrap()
                    .contains_key("replica-name");
                if is_replica && !self.backed_up {
                    self.wrongs
                        .push(format!("replica {name} starts before the first backup"));
                }
                let metadata = self.born(&wanted.metadata);
                self.deployments.insert(
                    name,
                    k8s_openapi::api::apps::v1::Deployment {
                        metadata,
                        ..wanted.clone()
                    },
                );
            }
            return;
        };
        let same = present.spec == wanted.spec
            && present.metadata.labels == wanted.metadata.labels
            && present.metadata.annotations == wanted.metadata.annotations;
        if budget.spend(!same) {
            let mut written = present.clone();
            if written.spec != wanted.spec {
                written.metadata.generation = written.metadata.generation.map(|generation| generation + 1);
            }
            written.spec.clone_from(&wanted.spec);
            written.metadata.labels.clone_from(&wanted.metadata.labels);
            written
                .metadata
                .annotations
                .clone_from(&wanted.metadata.annotations);
            self.deployments.insert(name, written);
        }
    }

    fn delete(&mut self, object: &Exactly, budget: &mut Budget) {
        let Exactly {
            kind,
            name,
            uid,
            version,
        } = object;
        let uid = uid.as_ref();
        let found = match kind {
            Kind::Deployment => there(meta(&self.deployments, name, |it| &it.metadata), uid),
            Kind::Job => there(meta(&self.jobs, name, |it| &it.metadata), uid),
            Kind::Service => there(meta(&self.services, name, |it| &it.metadata), uid),
            Kind::EndpointSlice => {
                let slice = meta(&self.slices, name, |it| &it.metadata);
                let changed = |it: &ObjectMeta| version.is_some() && it.resource_version != *version;
                there(slice.filter(|it| !changed(it)), uid)
            }
            Kind::ConfigMap if uid.is_none() => self.patroni.contains(name),
            Kind::ConfigMap => there(meta(&self.config_maps, name, |it| &it.metadata), uid),
            Kind::Secret => there(meta(&self.secrets, name, |it| it), uid),
            Kind::PersistentVolumeClaim => there(meta(&self.claims, name, |it| &it.metadata), uid),
            Kind::Pgcluster => there(self.cluster.as_ref().map(|it| &it.metadata), uid),
            Kind::Pgreplica => there(meta(&self.replicas, name, |it| &it.metadata), uid),
            Kind::Pgtask => there(meta(&self.tasks, name, |it| &it.metadata), uid),
        };
        if !budget.spend(found) {
            return;
        }
        match kind {
            Kind::Deployment => {
                if !self.unwanted.contains(name) {
                    self.wrongs.push(format!("Deployment {name} was taken down"));
                }
                self.deployments.remove(name);
            }
            Kind::Job => drop(self.jobs.remove(name)),
            Kind::Service => drop(self.services.remove(name)),
            Kind::EndpointSlice => drop(self.slices.remove(name)),
            Kind::ConfigMap if uid.is_none() => drop(self.patroni.remove(name)),
            Kind::ConfigMap => drop(self.config_maps.remove(name)),
            Kind::Secret => drop(self.secrets.remove(name)),
            Kind::PersistentVolumeClaim => self.delete_claim(name),
            Kind::Pgcluster => self.delete_cluster(),
            Kind::Pgreplica => drop(self.replicas.remove(name)),
            Kind::Pgtask => drop(self.tasks.remove(name)),
        }
    }

    fn mark(&mut self, claim: &Exactly, last_primary: Option<&str>, budget: &mut Budget) {
        let Some(there) = self.claims.get_mut(&claim.name) else {
            return;
        };
        let said = there.metadata.annotations.get_or_insert_default();
        let differs = said.get(LAST_PRIMARY).map(String::as_str) != last_primary;
        if there.metadata.uid == claim.uid && budget.spend(differs) {
            match last_primary {
                Some(last) => drop(said.insert(LAST_PRIMARY.into(), last.into())),
                None => drop(said.remove(LAST_PRIMARY)),
            }
        }
    }

    fn write_statuses(&mut self, plan: &Plan, uid: Option<&str>, budget: &mut Budget) {
        if let Some(cluster) = self
            .cluster
            .as_mut()
            .filter(|it| it.metadata.uid.as_deref() == uid)
            && budget.spend(cluster.status.as_ref() != Some(&plan.status))
        {
            cluster.status = Some(plan.status.clone());
        }
        for (name, status) in &plan.replicas {
            if let Some(replica) = self.replicas.get_mut(name)
                && budget.spend(replica.status.as_ref() != Some(status))
            {
                replica.status = Some(status.clone());
            }
        }
        for (name, status) in &plan.tasks {
            if let Some(task) = self.tasks.get_mut(name)
                && budget.spend(task.status.as_ref() != Some(status))
            {
                task.status = Some(status.clone());
            }
        }
    }
}

fn there(metadata: Option<&ObjectMeta>, uid: Option<&String>) -> bool {
    metadata.is_some_and(|it| uid.is_none_or(|uid| it.uid.as_ref() == Some(uid)))
}

fn meta<'a, T>(
    objects: &'a Objects<T>,
    name: &str,
    of: impl Fn(&'a T) -> &'a ObjectMeta,
) -> Option<&'a ObjectMeta> {
    objects.get(name).map(of)
}
