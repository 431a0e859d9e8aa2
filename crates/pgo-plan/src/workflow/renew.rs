//! Certificates are replaced before they end.
//!
//! 1. Sixty days before a certificate ends, its Secret is replaced by one that the same authority signs: who has the new
//!    one and who still has the old one trust each other.
//! 2. Kubelet hands the new one to containers that run, and the agent in each of them takes it: nobody is restarted, and
//!    there is nothing more to do here.
//!
//! The authority itself lasts ten years and is not replaced.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Pass;
use crate::labels::NOT_AFTER;
use crate::plan::{Action, Plan};
use crate::secret::SecretContent;

/// How long before its end a certificate is replaced.
const EARLY: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Replaces the first certificate whose time has come; looks again when the next one's has.
pub(crate) fn contribute(pass: &Pass<'_>, plan: &mut Plan) {
    let leaves = plan.objects.secrets.clone().into_iter();
    for wanted in leaves.filter(|it| matches!(it.content, SecretContent::Leaf { .. })) {
        let Some(seen) = secret(pass, wanted.metadata.name.as_deref()) else {
            continue;
        };
        let Some(end) = end(seen) else {
            continue;
        };
        let due = end.saturating_sub(EARLY).unwrap_or(end);
        if pass.seen.now < due {
            plan.look_again(due);
        } else if let Some(uid) = &seen.uid {
            plan.act(Action::Renew {
                secret: Box::new(wanted),
                instead_of: uid.clone(),
            });
        }
    }
}

fn secret<'a>(pass: &Pass<'a>, name: Option<&str>) -> Option<&'a ObjectMeta> {
    let mut secrets = pass.seen.secrets.iter();
    secrets.find(|secret| secret.name.as_deref() == name && secret.deletion_timestamp.is_none())
}

fn end(secret: &ObjectMeta) -> Option<Timestamp> {
    secret.annotations.as_ref()?.get(NOT_AFTER)?.parse().ok()
}
