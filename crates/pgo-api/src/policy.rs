//! SQL policies: create, show, delete, apply.

use pgo_crd::Pgpolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, List, Permission, Reply, Route};

/// The name that stands for every policy of a namespace, and therefore is no policy's.
pub const ALL_POLICIES: &str = "all";

/// Asks for a new policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreatePolicyRequest {
    /// Name of the policy.
    pub name: String,
    /// Where the SQL is fetched from; wins over `sql`.
    #[serde(rename = "URL")]
    pub url: String,
    /// The SQL itself.
    #[serde(rename = "SQL")]
    pub sql: String,
    /// Namespace of the policy.
    pub namespace: String,
    /// Version of the client.
    pub client_version: String,
}

/// Nothing but the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatePolicyResponse {}

impl Reply for CreatePolicyResponse {}

/// `pgo create policy`
impl Call for CreatePolicyRequest {
    type Reply = CreatePolicyResponse;
    const ROUTE: Route = Route::post("/policies").in_any_method();
    const NEEDS: Permission = Permission::CreatePolicy;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPolicyRequest {
    /// Not used.
    pub selector: String,
    /// Namespace of the policies.
    pub namespace: String,
    /// Every policy.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
    /// Which policy; this key alone is written so.
    pub policyname: String,
}

/// The policies that were found; none is no error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowPolicyResponse {
    /// The objects themselves.
    pub policy_list: List<Pgpolicy>,
}

impl Reply for ShowPolicyResponse {}

/// `pgo show policy`
impl Call for ShowPolicyRequest {
    type Reply = ShowPolicyResponse;
    const ROUTE: Route = Route::post("/showpolicies");
    const NEEDS: Permission = Permission::ShowPolicy;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePolicyRequest {
    /// Not used.
    pub selector: String,
    /// Namespace of the policies.
    pub namespace: String,
    /// Not used.
    pub all_flag: bool,
    /// Version of the client.
    pub client_version: String,
    /// Which policy; [`crate::ALL_POLICIES`] means every one.
    pub policy_name: String,
}

/// Lines to print: `deleted policy <name>` for each policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeletePolicyResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeletePolicyResponse {}

/// `pgo delete policy`
impl Call for DeletePolicyRequest {
    type Reply = DeletePolicyResponse;
    const ROUTE: Route = Route::post("/policiesdelete");
    const NEEDS: Permission = Permission::DeletePolicy;

    fn client_version(&self) -> Option<&str> {
        Some(&self.client_version)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to run the SQL of a policy in clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ApplyPolicyRequest {
    /// Which policy.
    pub name: String,
    /// Which clusters, by label; empty means every one.
    pub selector: String,
    /// Only says where it would run.
    pub dry_run: bool,
    /// Namespace of the policy and of the clusters.
    pub namespace: String,
    /// Not checked.
    pub client_version: String,
}

/// Where it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ApplyPolicyResponse {
    /// The Deployment of the primary of each cluster.
    pub name: Vec<String>,
}

impl Reply for ApplyPolicyResponse {}

/// `pgo apply`
impl Call for ApplyPolicyRequest {
    type Reply = ApplyPolicyResponse;
    const ROUTE: Route = Route::post("/policies/apply");
    const NEEDS: Permission = Permission::ApplyPolicy;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
