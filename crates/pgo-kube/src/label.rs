//! The names by which the hands find things and mark what they wrote.

pub(crate) use pgo_plan::labels::{CLUSTER, FINALIZER, LAST_PRIMARY, NOT_AFTER, SCOPE};

/// Annotation of an object that is kept equal to a wish: a digest of the wish.
pub(crate) const APPLIED: &str = "crunchydata.com/applied";
