//! The labels by which the hands find things. Their home is `pgo_plan::labels`.

pub(crate) const CLUSTER: &str = "pg-cluster";
