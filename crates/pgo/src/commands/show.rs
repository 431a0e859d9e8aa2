//! `pgo show`

pub(super) mod cluster;
pub(super) mod pvc;
pub(super) mod workflow;
