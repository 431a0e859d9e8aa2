//! `pgo create cluster`: passwords that were given, the diary, and the cluster last.
//!
//! Every cluster of the request is checked before anything of any of them is written. If writing fails half-way,
//! what was written is taken away again, so that a refused request leaves nothing behind.

use k8s_openapi::api::core::v1::ConfigMap;
use pgo_api::{CreateClusterRequest, CreateClusterResponse};
use pgo_kube::{ClusterRef, Kube};
use pgo_plan::complaint::Complaint;
use pgo_plan::valid::{Admitted, DatabaseImage, NewCluster, admit, check_object_name, series};
use tracing::{info, warn};
use uuid::Uuid;

use super::super::{image, surroundings, wrong};
use super::App;
use super::passwords::{self, Passwords};
use super::undo::Undo;
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Creates a cluster, or a series of them.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    request: CreateClusterRequest,
) -> Outcome<CreateClusterResponse> {
    let mut done = CreateClusterResponse::default();
    if request.series == 0 {
        // A client of 4.2 always says how many; whoever says none gets none.
        return Ok(done);
    }
    let admitted = check(app, caller, &request).await?;
    check_image(app, &request).await?;
    let passwords = passwords::given(app, &request).await?;
    for cluster in &admitted {
        if let Err(refusal) = write(app, cluster, &passwords).await {
            return Err(Partial { done, refusal });
        }
        let Admitted {
            workflow,
            cluster,
            policies,
            unknown_policies,
        } = cluster;
        let name = super::name_of(cluster);
        info!(
            namespace = request.namespace,
            cluster = name,
            user = caller.user,
            "cluster asked for"
        );
        done.results.push(format!("created Pgcluster {name}"));
        let id = workflow.spec.parameters.get(pgo_plan::labels::WORKFLOW_ID);
        done.results
            .push(format!("workflow id {}", id.map_or("", String::as_str)));
        let names = &cluster.spec.policies;
        if policies.is_some() {
            done.results.push(format!(
                "policies {names} are kept for {name} and not applied: that is not available yet"
            ));
        }
        if !unknown_policies.is_empty() {
            done.results.push(format!(
                "policies {names} are kept for {name} and not applied: {} was not found in namespace {}",
                unknown_policies.join(", "),
                request.namespace
            ));
        }
    }
    Ok(done)
}

/// Understands the whole request, or says everything that is wrong with it.
async fn check(app: &App, caller: &Caller, request: &CreateClusterRequest) -> Result<Vec<Admitted>, Refusal> {
    let names = series(&request.name, request.series).map_err(|complaint| wrong(&[complaint]))?;
    let mut around = surroundings::of(app, &request.namespace, &request.secret_from);
    let custom = &request.custom_config;
    // A user's own carries no label of ours, and only what does is watched.
    if check_object_name(custom).is_ok()
        && let Some(found) = app.kube.find::<ConfigMap>(&request.namespace, custom).await?
    {
        around.config_maps.extend(found.metadata.name);
    }
    let defaults = app.defaults();
    let now = jiff::Timestamp::now();
    let mut admitted = Vec::with_capacity(names.len());
    let mut complaints: Vec<Complaint> = passwords::check(&request.password).into_iter().collect();
    for name in names {
        let cluster = ClusterRef {
            namespace: request.namespace.clone(),
            name,
        };
        let seen = app.kube.observe(&cluster, now);
        match admit(&new(cluster.name, caller, request), &defaults, &around, &seen) {
            Ok(cluster) => admitted.push(cluster),
            Err(found) => complaints.extend(found),
        }
    }
    // What is wrong with a whole series is said once.
    let mut said = std::collections::BTreeSet::new();
    complaints.retain(|complaint| said.insert(complaint.clone()));
    if complaints.is_empty() {
        Ok(admitted)
    } else {
        Err(wrong(&complaints))
    }
}

/// Better a no now than pods that wait for an image for ever. Which image the configuration names is not our business.
async fn check_image(app: &App, request: &CreateClusterRequest) -> Result<(), Refusal> {
    let flag = match (request.ccp_image.as_str(), request.ccp_image_tag.as_str()) {
        ("", "") => return Ok(()),
        (_, "") => "--ccp-image",
        _ => "--ccp-image-tag",
    };
    let image = DatabaseImage::named(&request.ccp_image, &request.ccp_image_tag, &app.defaults());
    image::demand(flag, &image).await
}

fn new(name: String, caller: &Caller, request: &CreateClusterRequest) -> NewCluster {
    NewCluster {
        name,
        namespace: request.namespace.clone(),
        owner: caller.user.clone(),
        workflow: Uuid::new_v4().to_string(),
        now: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        user: request.username.clone(),
        node_label: request.node_label.clone(),
        secret_from: request.secret_from.clone(),
        labels: request.user_labels.clone(),
        policies: request.policies.clone(),
        image: request.ccp_image.clone(),
        image_tag: request.ccp_image_tag.clone(),
        replica_count: request.replica_count,
        service_type: request.service_type.clone(),
        metrics: request.metrics_flag,
        badger: request.badger_flag,
        autofail: request.autofail_flag,
        backrest_storage_type: request.backrest_storage_type.clone(),
        s3_flags: s3_flags(request),
        pgbouncer: request.pgbouncer_flag,
        custom_config: request.custom_config.clone(),
        storage_config: request.storage_config.clone(),
        replica_storage_config: request.replica_storage_config.clone(),
        resources_config: request.container_resources.clone(),
        anti_affinity: request.pod_anti_affinity.clone(),
        sync_replication: request.sync_replication,
    }
}

fn s3_flags(request: &CreateClusterRequest) -> Vec<&'static str> {
    let values = [
        ("--pgbackrest-s3-key", request.backrest_s3_key.reveal()),
        (
            "--pgbackrest-s3-key-secret",
            request.backrest_s3_key_secret.reveal(),
        ),
        ("--pgbackrest-s3-bucket", &request.backrest_s3_bucket),
        ("--pgbackrest-s3-region", &request.backrest_s3_region),
        ("--pgbackrest-s3-endpoint", &request.backrest_s3_endpoint),
    ];
    let given = values.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(flag, _)| flag).collect()
}

/// Writes one cluster. The cluster itself comes last: from then on the operator is at work.
async fn write(app: &App, admitted: &Admitted, passwords: &Passwords) -> Result<(), Refusal> {
    let mut undo = Undo::default();
    let written = write_all(&app.kube, admitted, passwords, &mut undo).await;
    if written.is_err() {
        for error in undo.run(&app.kube).await {
            warn!(
                error = pgo_kube::chain(&error),
                "something of a refused request is left behind"
            );
        }
    }
    written
}

async fn write_all(
    kube: &Kube,
    admitted: &Admitted,
    passwords: &Passwords,
    undo: &mut Undo,
) -> Result<(), Refusal> {
    let Admitted {
        workflow,
        policies,
        cluster,
        unknown_policies: _,
    } = admitted;
    passwords.write(kube, cluster, undo).await?;
    undo.created(super::diary::write(kube, workflow).await?);
    if let Some(policies) = policies {
        undo.created(super::diary::write(kube, policies).await?);
    }
    match kube.create(cluster).await {
        Err(error) if error.is_already_exists() => {
            let name = super::name_of(cluster);
            Err(Refusal::Asked(format!(
                "name: \"{name}\" exists already in this namespace: choose another name"
            )))
        }
        answer => Ok(answer.map(drop)?),
    }
}
