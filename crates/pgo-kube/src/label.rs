//! The names by which the hands find things and mark what they wrote.

pub(crate) use pgo_plan::labels::{CLUSTER, FINALIZER, SCOPE};

/// Annotation of an object that is kept equal to a wish: a digest of the wish.
pub(crate) const APPLIED: &str = "crunchydata.com/applied";
/// Annotation of a Secret with a certificate: when it ends.
pub(crate) const NOT_AFTER: &str = "pgo.crunchydata.com/not-after";
