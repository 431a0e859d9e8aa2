//! `pgo scale`.

use pgo_api::{ScaleRequest, ScaleResponse};
use pgo_crd::Pgreplica;
use pgo_plan::valid::{DatabaseImage, MOST_REPLICAS, NewReplica, Surroundings, admit_replica};
use rand::RngExt as _;
use tracing::info;

use super::super::{App, image, removal, surroundings, wrong};
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Declares more replicas. All are checked before the first is written.
pub(crate) async fn up(app: &App, caller: &Caller, request: ScaleRequest) -> Outcome<ScaleResponse> {
    let ScaleRequest { name, namespace, .. } = &request;
    let count = count(&request.replica_count)?;
    let cluster = app.cluster(namespace, name)?;
    removal::refuse_if_going(app, &cluster)?;
    let around = Surroundings {
        node_labels: surroundings::node_labels(&app.office),
        ..Surroundings::default()
    };
    let mut replicas: Vec<Pgreplica> = Vec::new();
    while replicas.len() < count {
        let suffix = suffix();
        let new = NewReplica {
            suffix,
            owner: caller.user.clone(),
            resources_config: request.resources_config.clone(),
            storage_config: request.storage_config.clone(),
            node_label: request.node_label.clone(),
            image_tag: request.ccp_image_tag.clone(),
            service_type: request.service_type.clone(),
        };
        let replica = admit_replica(&new, &cluster, &app.defaults(), &around)
            .map_err(|complaints| wrong(&complaints))?;
        let taken = |it: &Pgreplica| it.metadata.name == replica.metadata.name;
        let name = replica.metadata.name.as_deref().unwrap_or_default();
        if !replicas.iter().any(taken) && surroundings::is_free(app, namespace, name) {
            replicas.push(replica);
        }
    }
    if !replicas.is_empty() && !request.ccp_image_tag.is_empty() {
        let image = DatabaseImage::named(&cluster.spec.ccpimage, &request.ccp_image_tag, &app.defaults());
        image::demand("--ccp-image-tag", &image).await?;
    }
    let mut done = ScaleResponse::default();
    for replica in replicas {
        match app.kube.create(&replica).await {
            Ok(created) => {
                let name = created.metadata.name.unwrap_or_default();
                info!(namespace, replica = name, user = caller.user, "replica declared");
                done.results.push(format!("created Pgreplica {name}"));
            }
            Err(error) => {
                return Err(Partial {
                    done,
                    refusal: error.into(),
                });
            }
        }
    }
    Ok(done)
}

/// Zero is nothing to do, as in 4.2.
fn count(text: &str) -> Result<usize, Refusal> {
    let most = MOST_REPLICAS.try_into().unwrap_or(usize::MAX);
    let count = text.parse::<usize>().ok().filter(|count| *count <= most);
    count.ok_or_else(|| {
        Refusal::Asked(format!(
            "--replica-count: {text:?} is not allowed: give a number from 1 to {MOST_REPLICAS}"
        ))
    })
}

/// Four lower-case letters.
fn suffix() -> String {
    let mut random = rand::rng();
    (0..4)
        .map(|_| char::from(random.random_range(b'a'..=b'z')))
        .collect()
}
