//! Certificates are replaced before they end.
//!
//! 1. Sixty days before a certificate ends, its Secret is replaced by one that the same authority signs: who has the new
//!    one and who still has the old one trust each other.
//! 2. A container reads its certificate when it starts. Who has run since before the replacement is named in the
//!    condition `Ready` during the last thirty days of the old one: it has to be restarted.
//!
//! The authority itself lasts ten years and is not replaced.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Pass;
use crate::labels::{NOT_AFTER, OLD_NOT_AFTER};
use crate::names::InstanceName;
use crate::observed::is_repository;
use crate::plan::{Action, Plan};
use crate::secret::SecretContent;

/// How long before its end a certificate is replaced.
const EARLY: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How long before its end whoever still uses it is named.
const URGENT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long kubelet may take to hand a new Secret to containers that start.
const SPREAD: SignedDuration = SignedDuration::from_mins(2);

/// Replaces the first certificate whose time has come; looks again when the next one's has.
pub(crate) fn contribute(pass: &Pass<'_>, plan: &mut Plan) {
    let now = pass.seen.now;
    let leaves = plan.objects.secrets.clone().into_iter();
    for mut wanted in leaves.filter(|it| matches!(it.content, SecretContent::Leaf { .. })) {
        let Some(seen) = secret(pass, wanted.metadata.name.as_deref()) else {
            continue;
        };
        let Some((end, text)) = time(seen, NOT_AFTER) else {
            continue;
        };
        let due = before(end, EARLY);
        if now < due {
            plan.look_again(due);
        } else if let Some(uid) = &seen.uid {
            let annotations = wanted.metadata.annotations.get_or_insert_default();
            annotations.insert(OLD_NOT_AFTER.into(), text.to_owned());
            plan.act(Action::Renew {
                secret: Box::new(wanted),
                instead_of: uid.clone(),
            });
        }
    }
    for old in old_certificates(pass) {
        let urgent = before(old.end, URGENT);
        if now < urgent {
            plan.look_again(urgent);
        }
    }
}

/// Who has to be restarted, and before when.
pub(crate) fn overdue(pass: &Pass<'_>) -> Option<(Vec<String>, Timestamp)> {
    let urgent = old_certificates(pass).filter(|old| before(old.end, URGENT) <= pass.seen.now);
    let urgent: Vec<_> = urgent.collect();
    let end = urgent.iter().map(|old| old.end).min()?;
    Some((urgent.into_iter().map(|old| old.user).collect(), end))
}

/// A certificate that has been replaced and is still in use.
struct Old {
    user: String,
    end: Timestamp,
}

fn old_certificates<'a>(pass: &Pass<'a>) -> impl Iterator<Item = Old> + use<'a> {
    let Pass { cluster, seen, .. } = *pass;
    let name = &cluster.name;
    let (instances, repository) = (name.instance_tls_secret(), name.repository_secret());
    let (instances, repository) = (secret(pass, Some(&instances)), secret(pass, Some(&repository)));
    seen.pods.iter().filter_map(move |pod| {
        let (user, secret) = match InstanceName::of_pod(pod) {
            Some(instance) => (instance.to_string(), instances?),
            None if is_repository(pod, name) => (name.repository(), repository?),
            None => return None,
        };
        let (end, _) = time(secret, OLD_NOT_AFTER)?;
        let fresh = secret
            .creation_timestamp
            .as_ref()?
            .0
            .saturating_add(SPREAD)
            .ok()?;
        (started(pod)? < fresh).then_some(Old { user, end })
    })
}

fn secret<'a>(pass: &Pass<'a>, name: Option<&str>) -> Option<&'a ObjectMeta> {
    let mut secrets = pass.seen.secrets.iter();
    secrets.find(|secret| secret.name.as_deref() == name && secret.deletion_timestamp.is_none())
}

/// When the container of a pod that stays was started last.
fn started(pod: &Pod) -> Option<Timestamp> {
    let statuses = pod.status.as_ref()?.container_statuses.iter().flatten();
    let running = statuses.filter_map(|container| container.state.as_ref()?.running.as_ref());
    let started = running.filter_map(|running| running.started_at.as_ref().map(|time| time.0));
    started
        .filter(|_| pod.metadata.deletion_timestamp.is_none())
        .max()
}

fn time<'a>(secret: &'a ObjectMeta, annotation: &str) -> Option<(Timestamp, &'a str)> {
    let text = secret.annotations.as_ref()?.get(annotation)?;
    Some((text.parse().ok()?, text))
}

fn before(end: Timestamp, long: SignedDuration) -> Timestamp {
    end.saturating_sub(long).unwrap_or(end)
}
