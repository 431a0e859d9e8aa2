//! What a container may use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::without_defaults;

/// What a container asks for and may use at most. Unless all four are given, none is applied (as in version 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = without_defaults)]
pub struct ContainerResources {
    /// Memory that is set aside, for example `512Mi`.
    pub requestsmemory: String,
    /// Processor share that is set aside, for example `0.1`.
    pub requestscpu: String,
    /// Most memory the container may use.
    pub limitsmemory: String,
    /// Most processor share the container may use.
    pub limitscpu: String,
}
