//! The pgBackRest repository: a Deployment with one pod, one volume and one Service.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{PGBACKREST_PORT, REPOSITORY_UID, pod};
use crate::labels;
use crate::names;
use crate::valid::ValidCluster;

/// The Deployment of the repository. It carries the user's labels, as in 4.2; its pod does not, because a changed one
/// would start that anew.
pub fn deployment(cluster: &ValidCluster) -> Deployment {
    let ours = labels::of_repository(&cluster.name);
    let labels = labels::beside(&cluster.labels, &ours);
    let mut pod_labels = ours;
    pod_labels.insert(
        labels::ANTI_AFFINITY.into(),
        cluster.anti_affinity.as_str().into(),
    );
    Deployment {
        metadata: super::owned(cluster, cluster.name.repository(), labels),
        spec: Some(DeploymentSpec {
            replicas: Some(1),
            selector: labels::repository_selector(&cluster.name),
            strategy: Some(DeploymentStrategy {
                type_: Some("Recreate".into()),
                rolling_update: None,
            }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(pod_labels),
                    ..ObjectMeta::default()
                }),
                spec: Some(pod_spec(cluster)),
            },
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

fn pod_spec(cluster: &ValidCluster) -> PodSpec {
    let name = &cluster.name;
    // A failover never waits for the repository, but healing does: it should not be lost together with the primary.
    let first_instance = name.first_instance();
    let mut security = pod::pod_security(REPOSITORY_UID, Some(&cluster.repository_storage));
    // The storage configuration is shared with instances, whose group would be wrong here.
    security.fs_group = Some(REPOSITORY_UID);
    PodSpec {
        affinity: pod::affinity(
            name,
            cluster.anti_affinity,
            None,
            (labels::DEPLOYMENT_NAME, first_instance.as_str()),
        ),
        automount_service_account_token: Some(false),
        containers: vec![container(cluster)],
        enable_service_links: Some(false),
        security_context: Some(security),
        service_account_name: Some(names::PLAIN_ACCOUNT.into()),
        volumes: Some(vec![
            pod::storage_volume(
                "backrestrepo",
                &cluster.repository_storage,
                &name.repository_claim(),
            ),
            pod::secret_volume("tls", name.repository_secret()),
            pod::config_volume("pgconf-volume", &name.config(), true),
            pod::scratch_volume("tmp"),
            pod::memory_volume("secrets"),
        ]),
        ..PodSpec::default()
    }
}

fn container(cluster: &ValidCluster) -> Container {
    let name = &cluster.name;
    pod::with_probes(Container {
        name: "database".into(),
        image: Some(cluster.repository_image.clone()),
        args: Some(vec!["repository".into()]),
        env: Some(vec![
            pod::value("PGHA_CLUSTER", name.as_str()),
            pod::value("PGHA_PG_PORT", cluster.ports.postgres.to_string()),
            pod::value("PGHA_PRIMARY_HOST", name.primary_service()),
            pod::value("PGBACKREST_STANZA", names::STANZA),
            pod::value("PGBACKREST_REPO1_PATH", name.repository_path()),
        ]),
        image_pull_policy: Some("IfNotPresent".into()),
        ports: Some(pod::container_ports(&[
            ("pgbackrest", PGBACKREST_PORT),
            pod::AGENT,
        ])),
        security_context: Some(pod::container_security()),
        volume_mounts: Some(vec![
            pod::mount("backrestrepo", "/backrestrepo"),
            pod::read_only("tls", "/pgconf/tls"),
            pod::read_only("pgconf-volume", "/pgconf/config"),
            pod::mount("tmp", "/tmp"),
            pod::mount("secrets", pod::SECRETS),
        ]),
        ..Container::default()
    })
}
