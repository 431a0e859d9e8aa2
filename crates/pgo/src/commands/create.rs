//! `pgo create`

pub(super) mod cluster;
