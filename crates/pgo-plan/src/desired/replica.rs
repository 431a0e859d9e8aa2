//! The replicas that a cluster is born with, as objects that a user could have written.

use pgo_crd::{Pgreplica, PgreplicaSpec};

use crate::labels;
use crate::names::InstanceName;
use crate::valid::ValidCluster;

/// Names of the replicas that the cluster is born with.
pub fn born(cluster: &ValidCluster) -> Vec<InstanceName> {
    (0..cluster.replicas)
        .map(|index| cluster.name.born_replica(&cluster.uid, index))
        .collect()
}

/// One of them.
pub fn replica(cluster: &ValidCluster, name: &InstanceName) -> Pgreplica {
    Pgreplica {
        metadata: super::owned(
            cluster,
            name.as_str(),
            labels::with(&cluster.name, [(labels::NAME, name.as_str())]),
        ),
        spec: PgreplicaSpec {
            namespace: cluster.namespace.clone(),
            name: name.to_string(),
            clustername: cluster.name.to_string(),
            replicastorage: cluster.storage_specs.replica.clone(),
            userlabels: labels_of_its_own(cluster),
            ..PgreplicaSpec::default()
        },
        status: None,
    }
}

/// Where the first instance should run is not where replicas should.
fn labels_of_its_own(cluster: &ValidCluster) -> labels::Labels {
    let mut own = cluster.labels.clone();
    own.retain(|key, _| key != labels::NODE_LABEL_KEY && key != labels::NODE_LABEL_VALUE);
    own
}
