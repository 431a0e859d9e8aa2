//! May this replica be made?

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgcluster, Pgreplica, PgreplicaSpec, PgreplicaStatus, state};

use super::{Surroundings, question};
use crate::complaint::{Complaint, Complaints};
use crate::defaults::Defaults;
use crate::labels;
use crate::valid::check::check_tag;
use crate::valid::validate;

/// A replica that someone asks for. Empty texts mean "not said".
#[derive(Clone, Debug, Default)]
pub struct NewReplica {
    /// Four random lower-case letters.
    pub suffix: String,
    /// Who asks.
    pub owner: String,
    /// `--resources-config`
    pub resources_config: String,
    /// `--storage-config`
    pub storage_config: String,
    /// `--node-label`
    pub node_label: String,
    /// `--ccp-image-tag`
    pub image_tag: String,
    /// `--service-type`
    pub service_type: String,
}

/// Makes a replica of a cluster, or says everything that is wrong with the request.
pub fn admit_replica(
    request: &NewReplica,
    cluster: &Pgcluster,
    defaults: &Defaults,
    around: &Surroundings,
) -> Result<Pgreplica, Vec<Complaint>> {
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let valid = validate(cluster, defaults)?;
    question::check_service_type(&request.service_type, c);
    let node_label = question::node_label(&request.node_label, around, c)
        .or_else(|| defaults.cluster.replica_node_label.clone());
    let storage = question::named_storage(defaults, "--storage-config", &request.storage_config, c);
    let resources = question::named_resources(defaults, &request.resources_config, c);
    if !request.image_tag.is_empty() {
        c.take("--ccp-image-tag", check_tag(&request.image_tag));
    }
    let mut user_labels = cluster.spec.userlabels.clone();
    let (key, value) = node_label
        .map(|label| (label.key, label.value))
        .unwrap_or_default();
    user_labels.insert(labels::NODE_LABEL_KEY.into(), key);
    user_labels.insert(labels::NODE_LABEL_VALUE.into(), value);
    for (key, value) in [
        (labels::IMAGE_TAG, &request.image_tag),
        (labels::SERVICE_TYPE, &request.service_type),
    ] {
        if !value.is_empty() {
            user_labels.insert(key.into(), value.clone());
        }
    }
    let name = format!("{}-{}", valid.name, request.suffix);
    complaints.none_or(|| {
        Some(Pgreplica {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(valid.namespace.clone()),
                labels: Some(labels::with(
                    &valid.name,
                    [
                        (labels::NAME, name.as_str()),
                        (labels::PGOUSER, request.owner.as_str()),
                    ],
                )),
                ..ObjectMeta::default()
            },
            spec: PgreplicaSpec {
                namespace: valid.namespace.clone(),
                name,
                clustername: valid.name.to_string(),
                replicastorage: storage.unwrap_or_else(|| valid.storage_specs.replica.clone()),
                containerresources: resources.unwrap_or_default(),
                userlabels: user_labels,
                ..PgreplicaSpec::default()
            },
            status: Some(PgreplicaStatus {
                state: state::REPLICA_CREATED.into(),
                message: "Created, not processed yet".into(),
                ..PgreplicaStatus::default()
            }),
        })
    })
}
