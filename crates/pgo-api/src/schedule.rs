//! Schedules: create, show, delete. None of the three has a version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// Asks for something to be done regularly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateScheduleRequest {
    /// Which cluster; wins over `selector`.
    pub cluster_name: String,
    /// Not used.
    pub name: String,
    /// Namespace of the clusters.
    pub namespace: String,
    /// When, as five fields of cron.
    pub schedule: String,
    /// `pgbackrest`, `pgbasebackup` or `policy`.
    pub schedule_type: String,
    /// Which clusters, by label; together with an empty `cluster_name`, empty means every one.
    pub selector: String,
    /// `full`, `diff` or `incr`: which backup.
    #[serde(rename = "PGBackRestType")]
    pub pgbackrest_type: String,
    /// `local`, `s3` or both as a comma list; empty means the one of the cluster.
    pub backrest_storage_type: String,
    /// Volume claim of a `pgbasebackup`.
    #[serde(rename = "PVCName")]
    pub pvc_name: String,
    /// Options of `pgbackrest backup`, as on its command line.
    pub schedule_options: String,
    /// Not used.
    pub storage_config: String,
    /// Which policy.
    pub policy_name: String,
    /// In which database the policy runs.
    pub database: String,
    /// Secret of the user that runs the policy; empty means that of the cluster.
    pub secret: String,
}

/// Lines to print: `created schedule <name> for cluster <cluster>` for each cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateScheduleResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for CreateScheduleResponse {}

/// `pgo create schedule`
impl Call for CreateScheduleRequest {
    type Reply = CreateScheduleResponse;
    const ROUTE: Route = Route::post("/schedule");
    const NEEDS: Permission = Permission::CreateSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks for schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowScheduleRequest {
    /// Namespace of the schedules.
    pub namespace: String,
    /// Which schedule; decides alone when it is not empty.
    pub schedule_name: String,
    /// Of which cluster; [`crate::ALL_CLUSTERS`] means of every one.
    pub cluster_name: String,
    /// Which schedules, by label.
    pub selector: String,
}

/// A text of several lines for each schedule: its name, then what it does and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ShowScheduleResponse {
    /// The texts.
    pub results: Vec<String>,
}

impl Reply for ShowScheduleResponse {}

/// `pgo show schedule`
impl Call for ShowScheduleRequest {
    type Reply = ShowScheduleResponse;
    const ROUTE: Route = Route::post("/scheduleshow");
    const NEEDS: Permission = Permission::ShowSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}

/// Asks to remove schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteScheduleRequest {
    /// Namespace of the schedules.
    pub namespace: String,
    /// Which schedule; decides alone when it is not empty.
    pub schedule_name: String,
    /// Of which cluster; [`crate::ALL_CLUSTERS`] means of every one.
    pub cluster_name: String,
    /// Which schedules, by label.
    pub selector: String,
}

/// Lines to print: `deleted schedule <name>` for each schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeleteScheduleResponse {
    /// The lines.
    pub results: Vec<String>,
}

impl Reply for DeleteScheduleResponse {}

/// `pgo delete schedule`
impl Call for DeleteScheduleRequest {
    type Reply = DeleteScheduleResponse;
    const ROUTE: Route = Route::post("/scheduledelete");
    const NEEDS: Permission = Permission::DeleteSchedule;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.namespace)
    }
}
