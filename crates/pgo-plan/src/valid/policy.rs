//! Whether a policy makes sense. What its SQL does, PostgreSQL says when it is applied.

use pgo_crd::Pgpolicy;

use super::check::{check_label, check_url};
use crate::complaint::{Complaint, Complaints};

/// Says everything that is wrong with a policy.
pub(crate) fn validate_policy(policy: &Pgpolicy) -> Result<(), Vec<Complaint>> {
    let spec = &policy.spec;
    let mut complaints = Complaints::default();
    let c = &mut complaints;
    let name = policy.metadata.name.clone().unwrap_or_default();
    // Clusters to which it was applied carry a label of its name.
    c.take("metadata.name", check_label(&name));
    if !spec.name.is_empty() && spec.name != name {
        c.add(
            "spec.name",
            format!(
                "is \"{}\", but the object is named \"{name}\": leave it out or make them equal",
                spec.name
            ),
        );
    }
    if !spec.url.is_empty() {
        c.take("spec.url", check_url(&spec.url));
    } else if spec.sql.is_empty() {
        c.add("spec.sql", "there is no SQL: give sql or url");
    }
    if spec.sql.contains('\0') {
        c.add("spec.sql", "has zero bytes: it is no text");
    }
    complaints.none_or(|| Some(()))
}
