//! Clusters: create, show, delete, update, test.

mod create;
mod delete;
mod show;
mod test;
mod update;

pub use create::{CreateClusterRequest, CreateClusterResponse};
pub use delete::{DeleteClusterRequest, DeleteClusterResponse};
pub use show::{
    ShowClusterDeployment, ShowClusterDetail, ShowClusterPod, ShowClusterReplica, ShowClusterRequest,
    ShowClusterResponse, ShowClusterService,
};
pub use test::{TestClusterDetail, TestClusterRequest, TestClusterResponse, TestClusterResult};
pub use update::{UpdateClusterRequest, UpdateClusterResponse};

/// The name that stands for every cluster of a namespace, and therefore is no cluster's.
pub const ALL_CLUSTERS: &str = "all";
