//! Benchmarks: create, show, delete. They need the permissions of schedules, and have no version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks to run pgbench against clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBenchmarkRequest {
    /// Not used.
    pub args: Vec<String>,
    /// Further options of the run.
    pub benchmark_opts: String,
    /// How many clients; 0 means 1.
    pub clients: i64,
    /// Which cluster; wins over `selector`.
    pub cluster_name: String,
    /// In which database; empty means that of the cluster.
    pub database: String,
    /// Further options of the preparation.
    pub init_opts: String,
    /// How many threads; 0 means 1.
    pub jobs: i64,
    /// Namespace of the clusters.
    pub namespace: String,
    /// A policy whose SQL is the transaction.
    pub policy: String,
    /// How much data; 0 means 1.
    pub scale: i64,
    /// Which clusters, by label.
    pub selector: String,
    /// How many transactions for each client; 0 means 1.
    pub transactions: i64,
    /// Not used.
    pub user: String,
}

/// Lines to print: `Created benchmark task for <name>` and `workflow id is <uuid>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateBenchmarkResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateBenchmarkResponse {}

/// `pgo benchmark`
impl Call for CreateBenchmarkRequest {
    type Reply = CreateBenchmarkResponse;
    const ROUTE: Route = Route::post("/benchmark");
    const NEEDS: Permission = Permission::CreateSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for the results of benchmarks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowBenchmarkRequest {
    /// Not used.
    pub args: Vec<String>,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Of which cluster; wins over `selector`.
    pub cluster_name: String,
    /// Of which clusters, by label.
    pub selector: String,
}

/// A text of several lines for each run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowBenchmarkResponse {
    /// The texts.
    pub results: Vec<String>,
}

impl Reply for ShowBenchmarkResponse {}

/// `pgo show benchmark`
impl Call for ShowBenchmarkRequest {
    type Reply = ShowBenchmarkResponse;
    const ROUTE: Route = Route::post("/benchmarkshow");
    const NEEDS: Permission = Permission::ShowSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove benchmarks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteBenchmarkRequest {
    /// Not used.
    pub args: Vec<String>,
    /// Namespace of the clusters.
    pub namespace: String,
    /// Of which cluster; wins over `selector`.
    pub cluster_name: String,
    /// Of which clusters, by label.
    pub selector: String,
}

/// Lines to print: `deleted benchmark <job>` for each run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteBenchmarkResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteBenchmarkResponse {}

/// `pgo delete benchmark`
impl Call for DeleteBenchmarkRequest {
    type Reply = DeleteBenchmarkResponse;
    const ROUTE: Route = Route::post("/benchmarkdelete");
    const NEEDS: Permission = Permission::DeleteSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
