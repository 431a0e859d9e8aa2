//! Everything that answers: controllers, kubelets, Patroni and pgBackRest.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use k8s_openapi::api::batch::v1::{JobCondition, JobStatus};
use k8s_openapi::api::core::v1::{ObjectReference, Pod, PodCondition, PodSpec, PodStatus};
use k8s_openapi::api::discovery::v1::Endpoint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use pgo_plan::labels;

use super::World;

impl World {
    /// One step of everything that is not the operator.
    pub(crate) fn tick(&mut self) {
        self.seconds += 2;
        self.collect_garbage();
        self.stop_pods();
        self.start_pods();
        self.ready_pods();
        self.elect();
        self.hear_all();
        self.run_jobs();
        self.free_claims();
        self.count_ready();
    }

    pub(crate) fn delete_claim(&mut self, name: &str) {
        if !self.released.contains(name) {
            self.wrongs.push(format!("volume {name} was deleted"));
        }
        let now = Time(self.now());
        if let Some(claim) = self.claims.get_mut(name) {
            claim.metadata.deletion_timestamp = Some(now);
        }
        self.free_claims();
    }

    pub(crate) fn delete_cluster(&mut self) {
        let now = Time(self.now());
        let Some(cluster) = &mut self.cluster else { return };
        if cluster.metadata.finalizers.as_ref().is_none_or(Vec::is_empty) {
            self.cluster = None;
        } else {
            cluster.metadata.deletion_timestamp.get_or_insert(now);
        }
    }

    /// Not ready for as long as nobody calls [`Self::ready_pods`].
    pub(crate) fn blink(&mut self, deployment: &str) {
        let now = Time(self.now());
        for pod in self
            .pods
            .values_mut()
            .filter(|pod| deployment_of(pod) == Some(deployment))
        {
            set_ready(pod, false, &now);
        }
    }

    /// The leader hears nothing from the pods of another Deployment, until [`Self::hear_all`].
    pub(crate) fn miss(&mut self, deployment: &str) {
        let pods = self.pods.iter();
        let missed: Vec<String> = pods
            .filter(|(_, pod)| deployment_of(pod) == Some(deployment) && role(pod) != Some("master"))
            .map(|(name, _)| name.clone())
            .collect();
        for leader in self.pods.values_mut().filter(|pod| role(pod) == Some("master")) {
            let annotations = leader.metadata.annotations.get_or_insert_default();
            annotations.insert(labels::UNHEARD.to_owned(), missed.join(","));
        }
    }

    fn hear_all(&mut self) {
        for pod in self.pods.values_mut() {
            pod.metadata
                .annotations
                .get_or_insert_default()
                .remove(labels::UNHEARD);
        }
    }

    /// The pod is gone at once, as with its node.
    pub(crate) fn lose_pod(&mut self, deployment: &str) {
        self.pods.retain(|_, pod| deployment_of(pod) != Some(deployment));
    }

    fn collect_garbage(&mut self) {
        let mut alive: Vec<String> = self
            .cluster
            .iter()
            .filter_map(|it| it.metadata.uid.clone())
            .collect();
        let orphan = |metadata: &ObjectMeta, alive: &[String]| {
            let owners = metadata.owner_references.as_deref().unwrap_or_default();
            !owners.is_empty() && !owners.iter().any(|owner| alive.contains(&owner.uid))
        };
        self.replicas.retain(|_, it| !orphan(&it.metadata, &alive));
        alive.extend(self.replicas.values().filter_map(|it| it.metadata.uid.clone()));
        self.deployments.retain(|_, it| !orphan(&it.metadata, &alive));
        self.jobs.retain(|_, it| !orphan(&it.metadata, &alive));
        self.services.retain(|_, it| !orphan(&it.metadata, &alive));
        self.slices.retain(|_, it| !orphan(&it.metadata, &alive));
        self.config_maps.retain(|_, it| !orphan(&it.metadata, &alive));
    }

    /// A pod whose Deployment is gone or has another form stops, and is gone a step later.
    fn stop_pods(&mut self) {
        let now = Time(self.now());
        self.pods
            .retain(|_, pod| pod.metadata.deletion_timestamp.is_none());
        for pod in self.pods.values_mut() {
            let Some(name) = deployment_of(pod).map(str::to_owned) else {
                continue;
            };
            let wanted = self.deployments.get(&name).and_then(template_spec);
            if wanted.is_none() || wanted != pod.spec.as_ref() {
                pod.metadata.deletion_timestamp = Some(now.clone());
            }
        }
    }

    /// `Recreate`: a new pod when the old one is gone and everything that it mounts is there.
    fn start_pods(&mut self) {
        let names: Vec<String> = self.deployments.keys().cloned().collect();
        for name in names {
            let deployment = self.deployments[&name].clone();
            if self.frozen.contains(&name)
                || self.pods.values().any(|pod| deployment_of(pod) == Some(&name))
                || !self.has_volumes(&deployment)
            {
                continue;
            }
            let template = deployment.spec.as_ref().unwrap().template.clone();
            let pod_name = format!("{name}-5b4b44649d-{}", self.uids);
            let mut metadata = self.born(&template.metadata.unwrap_or_default());
            metadata.name = Some(pod_name.clone());
            // The name by which this world finds a repository's pod, too.
            metadata.annotations = Some([("deployment".to_owned(), name.clone())].into());
            self.pods.insert(
                pod_name,
                Pod {
                    metadata,
                    spec: template.spec,
                    status: None,
                },
            );
        }
    }

    fn has_volumes(&self, deployment: &Deployment) -> bool {
        let spec = template_spec(deployment).unwrap();
        spec.volumes.iter().flatten().all(|volume| {
            let claim = volume
                .persistent_volume_claim
                .as_ref()
                .map(|claim| &claim.claim_name);
            let secret = volume
                .secret
                .as_ref()
                .and_then(|secret| secret.secret_name.as_ref());
            let config = volume
                .projected
                .as_ref()
                .into_iter()
                .flat_map(|it| it.sources.iter().flatten());
            let mut config = config.filter_map(|source| source.config_map.as_ref());
            claim.is_none_or(|name| {
                self.claims
                    .get(name)
                    .is_some_and(|claim| claim.metadata.deletion_timestamp.is_none())
            }) && secret.is_none_or(|name| self.secrets.contains_key(name))
                && config.all(|map| map.optional == Some(true) || self.config_maps.contains_key(&map.name))
        })
    }

    /// A pod is ready one step after it was made; a replica needs a primary.
    fn ready_pods(&mut self) {
        let now = Time(self.now());
        let database = self.database;
        for pod in self.pods.values_mut() {
            let is_new = pod
                .metadata
                .creation_timestamp
                .as_ref()
                .is_none_or(|time| time.0 == now.0);
            let waits = is_instance(pod) && !database && !pod.spec.as_ref().is_some_and(may_make_database);
            if !is_new && !waits && !is_ready(pod) {
                set_ready(pod, true, &now);
            }
        }
    }

    /// Patroni: one leader among the instances that run.
    fn elect(&mut self) {
        let runs = |pod: &Pod| is_instance(pod) && is_ready(pod) && pod.metadata.deletion_timestamp.is_none();
        let leader = self
            .pods
            .values()
            .find(|pod| role(pod) == Some("master") && runs(pod));
        let leader = leader.or_else(|| self.pods.values().find(|pod| runs(pod)));
        let leader = leader.and_then(|pod| pod.metadata.name.clone());
        if let Some(leader) = &leader {
            self.write_rows(leader);
            self.send_traffic(leader);
        }
        for (name, pod) in &mut self.pods {
            if runs(pod) {
                let role = if Some(name) == leader.as_ref() {
                    "master"
                } else {
                    "replica"
                };
                pod.metadata
                    .labels
                    .get_or_insert_default()
                    .insert(labels::ROLE.into(), role.into());
            } else if let Some(labels) = &mut pod.metadata.labels {
                labels.remove(labels::ROLE);
            }
        }
        self.database |= leader.is_some();
        // One that stops writes its last words, too.
        if self.database && self.pods.values().any(|pod| is_instance(pod) && is_ready(pod)) {
            self.patroni
                .extend(["hippo-config".into(), "hippo-leader".into()]);
        }
    }

    /// Clients write; whoever runs beside the leader has it, too.
    fn write_rows(&mut self, leader: &str) {
        let newest = self.rows.values().max().copied().unwrap_or_default();
        let volume = data_claim(&self.pods[leader]).unwrap();
        let cluster = self.cluster.as_ref().and_then(|it| it.metadata.uid.clone());
        if cluster.is_some() && cluster != self.led {
            if self.rows.get(&volume).copied().unwrap_or_default() < newest {
                self.wrongs
                    .push(format!("a new cluster starts from {volume}, which lacks rows"));
            }
            self.led = cluster;
        }
        let running = self.pods.values().filter(|pod| is_instance(pod) && is_ready(pod));
        for volume in running.filter_map(data_claim) {
            self.rows.insert(volume, newest + 1);
        }
    }

    /// The leader writes itself into the slice of the primary's Service.
    fn send_traffic(&mut self, leader: &str) {
        let version = self.uid();
        let Some(slice) = self.slices.get_mut("hippo") else {
            return;
        };
        let targets = slice.endpoints.iter().filter_map(|it| it.target_ref.as_ref());
        let mut names = targets.filter_map(|it| it.name.as_deref());
        if names.next() != Some(leader) {
            let pod = ObjectReference {
                name: Some(leader.to_owned()),
                ..ObjectReference::default()
            };
            slice.endpoints = vec![Endpoint {
                target_ref: Some(pod),
                ..Endpoint::default()
            }];
            slice.metadata.resource_version = Some(version);
        }
    }

    /// A Job takes a step, and works only as long as what it needs is there.
    fn run_jobs(&mut self) {
        let now = self.now();
        let repository = self
            .pods
            .values()
            .any(|pod| deployment_of(pod) == Some("hippo-backrest-shared-repo") && is_ready(pod));
        let able = repository && self.leader().is_some();
        for (name, job) in &mut self.jobs {
            let done = job.status.is_some();
            let young = job
                .metadata
                .creation_timestamp
                .as_ref()
                .is_some_and(|time| time.0 == now);
            if done || young {
                continue;
            }
            if !able || self.failures > 0 {
                self.failures = self.failures.saturating_sub(1);
                job.status = Some(failed(&Time(now)));
                continue;
            }
            job.status = Some(JobStatus {
                succeeded: Some(1),
                ..JobStatus::default()
            });
            self.backed_up |= name.starts_with("backrest-backup-");
        }
    }

    /// A claim that is deleted goes when no pod uses it.
    fn free_claims(&mut self) {
        let used: Vec<String> = self
            .pods
            .values()
            .filter_map(|pod| pod.spec.as_ref())
            .flat_map(claims_of)
            .collect();
        self.claims
            .retain(|name, claim| claim.metadata.deletion_timestamp.is_none() || used.contains(name));
    }

    fn count_ready(&mut self) {
        for (name, deployment) in &mut self.deployments {
            let pods = self.pods.values().filter(|pod| deployment_of(pod) == Some(name));
            let current = pods.filter(|pod| pod.spec.as_ref() == template_spec(deployment));
            let ready = i32::try_from(current.filter(|pod| is_ready(pod)).count()).unwrap();
            deployment.status = Some(DeploymentStatus {
                observed_generation: deployment.metadata.generation,
                updated_replicas: Some(1),
                ready_replicas: (ready > 0).then_some(ready),
                ..DeploymentStatus::default()
            });
        }
    }
}

pub(crate) fn deployment_of(pod: &Pod) -> Option<&str> {
    pod.metadata
        .annotations
        .as_ref()?
        .get("deployment")
        .map(String::as_str)
}

pub(crate) fn role(pod: &Pod) -> Option<&str> {
    pod.metadata
        .labels
        .as_ref()?
        .get(labels::ROLE)
        .map(String::as_str)
}

pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|conditions| {
        conditions
            .iter()
            .any(|it| it.type_ == "Ready" && it.status == "True")
    })
}

fn is_instance(pod: &Pod) -> bool {
    pod.metadata
        .labels
        .as_ref()
        .is_some_and(|labels| labels.contains_key(labels::PG_DATABASE))
}

pub(super) fn may_make_database(spec: &PodSpec) -> bool {
    let mut variables = spec
        .containers
        .iter()
        .flat_map(|container| container.env.iter().flatten());
    variables.any(|it| it.name == "PGHA_INIT" && it.value.as_deref() == Some("true"))
}

fn template_spec(deployment: &Deployment) -> Option<&PodSpec> {
    deployment.spec.as_ref()?.template.spec.as_ref()
}

fn claims_of(spec: &PodSpec) -> Vec<String> {
    let volumes = spec.volumes.iter().flatten();
    volumes
        .filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone()))
        .collect()
}

fn data_claim(pod: &Pod) -> Option<String> {
    pod.spec.as_ref().map(claims_of)?.into_iter().next()
}

fn set_ready(pod: &mut Pod, ready: bool, now: &Time) {
    let condition = PodCondition {
        type_: "Ready".into(),
        status: if ready { "True" } else { "False" }.into(),
        last_transition_time: Some(now.clone()),
        ..PodCondition::default()
    };
    pod.status = Some(PodStatus {
        conditions: Some(vec![condition]),
        ..PodStatus::default()
    });
}

fn failed(now: &Time) -> JobStatus {
    let condition = JobCondition {
        type_: "Failed".into(),
        status: "True".into(),
        last_transition_time: Some(now.clone()),
        ..JobCondition::default()
    };
    JobStatus {
        conditions: Some(vec![condition]),
        ..JobStatus::default()
    }
}
