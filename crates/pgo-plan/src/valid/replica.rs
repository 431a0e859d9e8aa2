//! A replica, understood.

use pgo_crd::{Pgreplica, StorageSpec};
use serde::Serialize;

use super::check::check_tag;
use super::placement::NodeLabel;
use super::read;
use super::storage::Storage;
use super::{Resources, ValidCluster};
use crate::complaint::{Complaint, Complaints};
use crate::labels;
use crate::names::{self, ClusterName, InstanceName};

/// A replica whose specification makes sense.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidReplica {
    /// Its name.
    pub name: InstanceName,
    /// The uid of its object.
    pub uid: String,
    /// Its volume.
    pub storage: Storage,
    /// What its container asks for and may use.
    pub resources: Option<Resources>,
    /// Nodes that it prefers.
    pub node_label: Option<NodeLabel>,
    /// Tag of its image, when it has one of its own.
    pub image_tag: Option<String>,
}

/// Understands a replica of a cluster, or says everything that is wrong with it.
pub fn validate_replica(replica: &Pgreplica, cluster: &ValidCluster) -> Result<ValidReplica, Vec<Complaint>> {
    let spec = &replica.spec;
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let name = replica.metadata.name.clone().unwrap_or_default();
    if name == cluster.name.as_str() {
        c.add(
            "metadata.name",
            format!("\"{name}\" is the name of the cluster itself: choose another name"),
        );
    } else if taken(&cluster.name).contains(&name) {
        c.add(
            "metadata.name",
            format!("\"{name}\" is the name of another part of the cluster: choose another name"),
        );
    } else if !names::is_dns_label(&name) {
        c.add(
            "metadata.name",
            format!("\"{name}\" is not a DNS label: use lower-case letters, digits and \"-\""),
        );
    } else if !name.starts_with(&format!("{}-", cluster.name)) {
        // Its volume has the same name: any other could be the one that another cluster has left behind.
        c.add(
            "metadata.name",
            format!(
                "\"{name}\" is not a name for a replica of this cluster: begin it with \"{}-\"",
                cluster.name
            ),
        );
    }
    if !spec.name.is_empty() && spec.name != name {
        c.add(
            "spec.name",
            format!(
                "is \"{}\", but the object is named \"{name}\": leave it out or make them equal",
                spec.name
            ),
        );
    }
    let storage = if spec.replicastorage == StorageSpec::default() {
        Some(cluster.replica_storage.clone())
    } else {
        read::understood(c, "spec.replicastorage", &spec.replicastorage)
    };
    let resources = if spec.containerresources.limitscpu.is_empty() {
        cluster.resources.clone()
    } else {
        read::resources(c, "spec.containerresources", &spec.containerresources)
    };
    let node_label = read::node_label(&spec.userlabels, "spec.userlabels", c);
    let image_tag = spec
        .userlabels
        .get(labels::IMAGE_TAG)
        .filter(|tag| !tag.is_empty())
        .cloned();
    if let Some(tag) = &image_tag {
        c.take("spec.userlabels", check_tag(tag));
    }
    complaints.none_or(|| {
        Some(ValidReplica {
            name: InstanceName::new(name),
            uid: replica.metadata.uid.clone().unwrap_or_default(),
            storage: storage?,
            resources,
            node_label: node_label.or_else(|| cluster.replica_node_label.clone()),
            image_tag,
        })
    })
}

/// Names of Deployments and claims that a replica must not take.
fn taken(cluster: &ClusterName) -> [String; 4] {
    [
        cluster.repository(),
        cluster.repository_claim(),
        cluster.replica_service(),
        format!("{cluster}-pgbouncer"),
    ]
}
