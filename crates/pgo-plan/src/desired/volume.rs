//! Volumes. Created if absent, adopted when they were kept, never changed.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements,
};

use crate::labels;
use crate::valid::ValidCluster;
use crate::valid::storage::{Source, Storage};

/// The claim for a storage, if it is one that we make.
pub fn claim(cluster: &ValidCluster, storage: &Storage, name: &str) -> Option<PersistentVolumeClaim> {
    let Source::Claim {
        size,
        access_mode,
        class,
        selector,
    } = &storage.source
    else {
        return None;
    };
    let selector = selector
        .clone()
        .map(|(key, value)| labels::selector([(key, value)].into()));
    Some(PersistentVolumeClaim {
        metadata: super::kept(
            cluster,
            name,
            labels::with(&cluster.name, [(labels::REMOVABLE, "true")]),
        ),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec![access_mode.clone()]),
            storage_class_name: class.clone(),
            selector,
            resources: Some(VolumeResourceRequirements {
                requests: Some(BTreeMap::from([("storage".into(), size.clone())])),
                limits: None,
            }),
            ..PersistentVolumeClaimSpec::default()
        }),
        status: None,
    })
}
