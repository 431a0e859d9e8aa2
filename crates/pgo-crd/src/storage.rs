//! Which volume an instance or a repository gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::without_defaults;

/// Which volume an instance or a repository gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = without_defaults)]
pub struct StorageSpec {
    /// Name of the volume claim. Needed for the storage type `existing`, otherwise chosen by the operator.
    pub name: String,
    /// `StorageClass` of the claim for the type `dynamic`; empty means the default class of the Kubernetes cluster.
    pub storageclass: String,
    /// `ReadWriteOnce`, `ReadWriteMany` or `ReadOnlyMany`; empty means `ReadWriteOnce`.
    #[schemars(extend("enum" = ["", "ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"]))]
    pub accessmode: String,
    /// Requested size as a Kubernetes quantity, for example `1Gi`.
    #[schemars(regex(pattern = r"^([0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?)?$"))]
    pub size: String,
    /// `dynamic`, `create`, `existing` or `emptydir`; empty together with an empty size means the operator's default.
    #[schemars(extend("enum" = ["", "dynamic", "create", "existing", "emptydir"]))]
    pub storagetype: String,
    /// Group that owns the files of the volume (the pod's `fsGroup`); not together with `supplementalgroups`.
    #[schemars(regex(pattern = "^[0-9]*$"))]
    pub fsgroup: String,
    /// Further groups of the pod, as a comma list of numbers; not together with `fsgroup`.
    #[schemars(regex(pattern = "^[0-9, ]*$"))]
    pub supplementalgroups: String,
    /// For the type `create`: the `key=value` label of the persistent volumes that may be bound.
    #[serde(rename = "matchLabels", alias = "matchlabels")]
    pub match_labels: String,
}
