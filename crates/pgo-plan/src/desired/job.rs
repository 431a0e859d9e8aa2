//! pgBackRest's Jobs. They ask the agent of the repository over mutual TLS and print what it answers.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{REPOSITORY_UID, pod};
use crate::labels;
use crate::names;
use crate::valid::ValidCluster;

/// The Job that creates the stanza. Stanzas are created in seconds or not at all.
pub fn stanza_create(cluster: &ValidCluster) -> Job {
    job(
        cluster,
        cluster.name.stanza_job(),
        "stanza-create",
        &[],
        &[],
        Some(300),
    )
}

/// The Job that takes the first full backup. How long that takes depends on the data.
pub fn first_backup(cluster: &ValidCluster) -> Job {
    let labels = [(labels::BACKUP_TYPE, "bootstrap")];
    job(
        cluster,
        cluster.name.backup_job(),
        "backup",
        &["--type=full"],
        &labels,
        None,
    )
}

/// The how-manieth attempt a Job is, from its annotation.
pub fn attempt(job: &Job) -> u32 {
    let annotations = job.metadata.annotations.as_ref();
    annotations
        .and_then(|all| all.get(labels::ATTEMPT))
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

/// The same Job as another attempt.
pub fn as_attempt(mut job: Job, attempt: u32) -> Job {
    job.metadata
        .annotations
        .get_or_insert_default()
        .insert(labels::ATTEMPT.into(), attempt.to_string());
    job
}

fn job(
    cluster: &ValidCluster,
    name: String,
    command: &str,
    options: &[&str],
    more: &[(&str, &str)],
    deadline: Option<i64>,
) -> Job {
    let mut labels = labels::with(
        &cluster.name,
        [
            (labels::BACKREST, "true"),
            (labels::BACKREST_JOB, "true"),
            (labels::BACKREST_COMMAND, command),
        ],
    );
    labels.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    let args = ["backrest", command]
        .into_iter()
        .chain(options.iter().copied())
        .map(str::to_owned);
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels.clone()),
            ..ObjectMeta::default()
        }),
        spec: Some(pod_spec(cluster, args.collect())),
    };
    let job = Job {
        metadata: super::owned(cluster, name, labels),
        spec: Some(JobSpec {
            // Whether and when to try again is decided by the plan, where it can be seen.
            backoff_limit: Some(0),
            active_deadline_seconds: deadline,
            template,
            ..JobSpec::default()
        }),
        status: None,
    };
    as_attempt(job, 1)
}

fn pod_spec(cluster: &ValidCluster, args: Vec<String>) -> PodSpec {
    let name = &cluster.name;
    PodSpec {
        automount_service_account_token: Some(false),
        containers: vec![Container {
            name: "backrest".into(),
            image: Some(cluster.repository_image.clone()),
            args: Some(args),
            env: Some(vec![
                pod::value("PGHA_CLUSTER", name.as_str()),
                pod::value("PGBACKREST_STANZA", names::STANZA),
                pod::value("PGHA_REPO_HOST", name.repository()),
            ]),
            image_pull_policy: Some("IfNotPresent".into()),
            security_context: Some(pod::container_security()),
            volume_mounts: Some(vec![
                pod::read_only("tls", "/pgconf/tls"),
                pod::mount("tmp", "/tmp"),
            ]),
            ..Container::default()
        }],
        enable_service_links: Some(false),
        restart_policy: Some("Never".into()),
        security_context: Some(pod::pod_security(REPOSITORY_UID, None)),
        service_account_name: Some(names::PLAIN_ACCOUNT.into()),
        volumes: Some(vec![
            pod::secret_volume("tls", name.repository_secret()),
            pod::scratch_volume("tmp"),
        ]),
        ..PodSpec::default()
    }
}
