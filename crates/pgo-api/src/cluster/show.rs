//! `pgo show cluster`.

use std::collections::BTreeMap;

use pgo_crd::Pgcluster;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for clusters and what belongs to them. The only request whose keys are all lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShowClusterRequest {
    /// Which cluster.
    pub clustername: String,
    /// Which clusters, by label; decides alone when it is not empty.
    pub selector: String,
    /// Only clusters whose database image has this tag.
    pub ccpimagetag: String,
    /// Version of the client.
    pub clientversion: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Every cluster.
    pub allflag: bool,
}

/// The clusters that were found; none is no error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterResponse {
    /// One for each cluster.
    pub results: Vec<ShowClusterDetail>,
}

/// One cluster and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterDetail {
    /// The object itself, with the conditions of its status.
    #[serde(rename = "cluster")]
    pub cluster: Pgcluster,
    /// Its Deployments.
    pub deployments: Vec<ShowClusterDeployment>,
    /// Its Pods, without those of jobs.
    pub pods: Vec<ShowClusterPod>,
    /// Its Services.
    pub services: Vec<ShowClusterService>,
    /// Its declared replicas.
    pub replicas: Vec<ShowClusterReplica>,
}

/// A Deployment of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterDeployment {
    /// Its name.
    pub name: String,
    /// The policies that were applied to the cluster; the same at every Deployment.
    pub policy_labels: Vec<String>,
}

/// A Pod of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterPod {
    /// Its name.
    pub name: String,
    /// Its phase in Kubernetes.
    pub phase: String,
    /// The node that it runs on.
    pub node_name: String,
    /// Its claims, by the name of the volume.
    #[serde(rename = "PVCName")]
    pub pvc_name: BTreeMap<String, String>,
    /// Ready containers over all containers, as `1/1`.
    pub ready_status: String,
    /// Whether all containers are ready.
    pub ready: bool,
    /// Whether it is the primary.
    pub primary: bool,
    /// `primary`, `replica`, `pgbouncer`, `pgbackrest`, `backup` or `unknown`.
    #[serde(rename = "Type")]
    pub kind: String,
}

/// A Service of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterService {
    /// Its name.
    pub name: String,
    /// Always empty.
    pub data: String,
    /// Its address inside the Kubernetes cluster.
    #[serde(rename = "ClusterIP")]
    pub cluster_ip: String,
    /// Its address outside, if it has one.
    #[serde(rename = "ExternalIP")]
    pub external_ip: String,
    /// The cluster, at Services of pgBouncer and of the repository only.
    pub cluster_name: String,
    /// Whether pgBouncer is behind it.
    pub pgbouncer: bool,
    /// Whether the repository is behind it.
    pub backrest_repo: bool,
}

/// A declared replica of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowClusterReplica {
    /// Its name, which is also that of its Deployment.
    pub name: String,
    /// The state of the `Pgreplica`, in the words of version 4.2. Newer than 4.2; left out when it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// One sentence about the state. Newer than 4.2; left out when it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Reply for ShowClusterResponse {}

/// `pgo show cluster`
impl Call for ShowClusterRequest {
    type Reply = ShowClusterResponse;
    const ROUTE: Route = Route::post("/showclusters");
    const NEEDS: Permission = Permission::ShowCluster;

    fn client_version(&self) -> Option<&str> {
        Some(&self.clientversion)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
