//! `pgo delete`

pub(super) mod cluster;
