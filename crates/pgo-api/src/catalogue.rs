//! The table of all requests.

use crate::{
    CreateClusterRequest, DeleteClusterRequest, Description, ScaleDownRequest, ScaleQueryRequest,
    ScaleRequest, ShowClusterRequest, ShowPvcRequest, ShowWorkflowRequest, StatusRequest, TestClusterRequest,
    VersionRequest,
};

/// Lists every request, in the order of the specification's route table.
pub fn catalogue() -> Vec<Description> {
    vec![
        Description::of::<CreateClusterRequest>(),
        Description::of::<ShowClusterRequest>(),
        Description::of::<DeleteClusterRequest>(),
        Description::of::<TestClusterRequest>(),
        Description::of::<ScaleRequest>(),
        Description::of::<ScaleQueryRequest>(),
        Description::of::<ScaleDownRequest>(),
        Description::of::<ShowPvcRequest>(),
        Description::of::<StatusRequest>(),
        Description::of::<VersionRequest>(),
        Description::of::<ShowWorkflowRequest>(),
    ]
}
