//! One PostgreSQL server: a Deployment with one pod and one volume.
//!
//! The agent in the pod supervises Patroni and PostgreSQL. It reads what it must do from the environment and the
//! files that are set here, and from nothing else.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy};
use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec, PodTemplateSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::pod;
use super::{PATRONI_PORT, PGBACKREST_PORT, POSTGRES_UID};
use crate::labels::{self, Labels};
use crate::names::{self, InstanceName};
use crate::valid::storage::{Source, Storage};
use crate::valid::{NodeLabel, Resources, ValidCluster, ValidReplica};

/// What tells one instance of a cluster from another.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    cluster: &'a ValidCluster,
    replica: Option<&'a ValidReplica>,
}

impl<'a> Instance<'a> {
    /// The instance that may bring the cluster to life.
    pub fn first(cluster: &'a ValidCluster) -> Self {
        Self {
            cluster,
            replica: None,
        }
    }

    /// A replica.
    pub fn replica(cluster: &'a ValidCluster, replica: &'a ValidReplica) -> Self {
        Self {
            cluster,
            replica: Some(replica),
        }
    }

    /// Its name.
    pub fn name(&self) -> InstanceName {
        self.replica.map_or_else(
            || self.cluster.name.first_instance(),
            |replica| replica.name.clone(),
        )
    }

    /// The claim that it runs from, where its storage is one of our making.
    fn claim(&self) -> String {
        self.cluster.claim_of(&self.name())
    }

    /// The directory of its data on the volume, if that was made by an instance of another name.
    fn foreign_directory(&self) -> Option<String> {
        let is_ours = matches!(self.storage().source, Source::Claim { .. });
        let claim = self.claim();
        (is_ours && claim != self.name().claim()).then_some(claim)
    }

    /// How its volume is made.
    pub fn storage(&self) -> &'a Storage {
        self.replica
            .map_or(&self.cluster.primary_storage, |replica| &replica.storage)
    }

    fn resources(&self) -> Option<&'a Resources> {
        self.replica.map_or(self.cluster.resources.as_ref(), |replica| {
            replica.resources.as_ref()
        })
    }

    fn node_label(&self) -> Option<&'a NodeLabel> {
        self.replica.map_or(self.cluster.node_label.as_ref(), |replica| {
            replica.node_label.as_ref()
        })
    }

    fn image(&self) -> String {
        let image = &self.cluster.image;
        let tag = self
            .replica
            .and_then(|replica| replica.image_tag.as_ref())
            .unwrap_or(&image.tag);
        format!("{}:{tag}", image.name)
    }

    /// A replica goes when its `Pgreplica` goes; that the garbage collector decides from the truth, never from a
    /// view that may be old.
    fn owner(&self) -> OwnerReference {
        match self.replica {
            Some(replica) => super::reference("Pgreplica", replica.name.as_str(), &replica.uid),
            None => super::owner(self.cluster),
        }
    }
}

/// The Deployment of an instance.
///
/// `user_labels` go on its pod. They are those of the running pod where there is one, because a changed label must
/// not restart a database.
pub fn deployment(instance: Instance<'_>, user_labels: &Labels) -> Deployment {
    let cluster = instance.cluster;
    let ours = labels::of_instance(&cluster.name, &instance.name(), cluster.anti_affinity.as_str());
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels::beside(user_labels, &ours)),
            ..ObjectMeta::default()
        }),
        spec: Some(pod_spec(instance)),
    };
    let annotations = [(labels::TEMPLATE.to_owned(), super::digest(&template))].into();
    Deployment {
        metadata: ObjectMeta {
            owner_references: Some(vec![instance.owner()]),
            annotations: Some(annotations),
            ..super::kept(
                cluster,
                instance.name().as_str(),
                labels::beside(&cluster.labels, &ours),
            )
        },
        spec: Some(DeploymentSpec {
            replicas: Some(1),
            selector: labels::instance_selector(&cluster.name, &instance.name()),
            // Two pods must never share a volume.
            strategy: Some(DeploymentStrategy {
                type_: Some("Recreate".into()),
                rolling_update: None,
            }),
            template,
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

fn pod_spec(instance: Instance<'_>) -> PodSpec {
    let cluster = instance.cluster;
    // Two instances on one node are lost together; an instance beside the repository is the lesser evil.
    let other_instances = (labels::PG_DATABASE, "true");
    PodSpec {
        affinity: pod::affinity(
            &cluster.name,
            cluster.anti_affinity,
            instance.node_label(),
            other_instances,
        ),
        containers: vec![container(instance)],
        enable_service_links: Some(false),
        security_context: Some(pod::pod_security(POSTGRES_UID, Some(instance.storage()))),
        service_account_name: Some(names::INSTANCE_ACCOUNT.into()),
        termination_grace_period_seconds: Some(60),
        volumes: Some(volumes(instance)),
        ..PodSpec::default()
    }
}

fn container(instance: Instance<'_>) -> Container {
    let cluster = instance.cluster;
    let ports = [
        ("postgres", cluster.ports.postgres),
        ("patroni", PATRONI_PORT),
        ("pgbackrest", PGBACKREST_PORT),
        pod::AGENT,
    ];
    pod::with_probes(Container {
        name: "database".into(),
        image: Some(instance.image()),
        args: Some(vec!["instance".into()]),
        env: Some(environment(instance)),
        image_pull_policy: Some("IfNotPresent".into()),
        ports: Some(pod::container_ports(&ports)),
        resources: instance.resources().map(pod::resources),
        security_context: Some(pod::container_security()),
        volume_mounts: Some(vec![
            pod::mount("pgdata", "/pgdata"),
            pod::read_only("user-volume", "/pgconf/pguser"),
            pod::read_only("primary-volume", "/pgconf/pgreplicator"),
            pod::read_only("root-volume", "/pgconf/pgsuper"),
            pod::read_only("tls", "/pgconf/tls"),
            pod::read_only("pgconf-volume", "/pgconf/config"),
            pod::read_only("custom-volume", "/pgconf/custom"),
            pod::mount("tmp", "/tmp"),
            pod::mount("secrets", pod::SECRETS),
        ]),
        ..Container::default()
    })
}

fn environment(instance: Instance<'_>) -> Vec<EnvVar> {
    let cluster = instance.cluster;
    let name = &cluster.name;
    let directory = instance
        .foreign_directory()
        .map(|name| pod::value("PGHA_DATA_DIRECTORY", name));
    let mut environment = vec![
        pod::value("PGHA_CLUSTER", name.as_str()),
        pod::value("PGHA_INSTANCE", instance.name().as_str()),
        // Whether this instance may make a new database. It never changes: a changed environment is a new pod.
        pod::value("PGHA_INIT", instance.replica.is_none().to_string()),
        pod::value("PGHA_PG_PORT", cluster.ports.postgres.to_string()),
        pod::value("PGHA_DATABASE", cluster.database.as_str()),
        pod::value("PGHA_USER", cluster.user.as_str()),
        pod::value("PGHA_SYNC_REPLICATION", cluster.synchronous.to_string()),
        pod::value(
            "PGHA_REPLICA_REINIT_ON_START_FAIL",
            cluster.replica_reinit.to_string(),
        ),
        pod::field("PATRONI_SCOPE", &format!("metadata.labels['{}']", labels::SCOPE)),
        pod::field("PATRONI_KUBERNETES_NAMESPACE", "metadata.namespace"),
        pod::value("PATRONI_KUBERNETES_SCOPE_LABEL", labels::SCOPE),
        pod::field("PATRONI_NAME", "metadata.name"),
        pod::field("PGHA_POD_IP", "status.podIP"),
        pod::field("PGHA_NODE", "spec.nodeName"),
        pod::value("PGBACKREST_STANZA", names::STANZA),
        pod::value("PGBACKREST_REPO1_HOST", name.repository()),
        pod::value("PGBACKREST_REPO1_PATH", name.repository_path()),
    ];
    environment.extend(directory);
    environment
}

fn volumes(instance: Instance<'_>) -> Vec<Volume> {
    let cluster = instance.cluster;
    let custom = cluster.custom_config.as_deref();
    vec![
        pod::storage_volume("pgdata", instance.storage(), &instance.claim()),
        pod::secret_volume("user-volume", &cluster.logins.user),
        pod::secret_volume("primary-volume", &cluster.logins.replication),
        pod::secret_volume("root-volume", &cluster.logins.superuser),
        pod::secret_volume("tls", cluster.name.instance_tls_secret()),
        pod::config_volume("pgconf-volume", &cluster.name.config(), false),
        // Apart from ours, because a file of the same name would hide the user's.
        pod::config_volume(
            "custom-volume",
            custom.unwrap_or(names::NAMESPACE_CUSTOM_CONFIG),
            custom.is_none(),
        ),
        pod::scratch_volume("tmp"),
        pod::memory_volume("secrets"),
    ]
}
