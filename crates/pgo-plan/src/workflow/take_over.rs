//! A new cluster takes over the volumes that an earlier one of its name has left.
//!
//! One of them is sure to have everything that was ever acknowledged: the last primary's. Who that was is known as
//! long as the cluster exists, because whoever gets the leader lock writes itself into the EndpointSlice. So:
//!
//! 1. A cluster that goes and leaves its data writes onto every volume which one of them is the last primary's: before
//!    anything else goes, and again if another instance takes over meanwhile. The EndpointSlice goes only as it was
//!    read for that (see [`super::remove`]).
//! 2. A new cluster starts its first instance from the volume that all of them name, whatever it is called, and keeps
//!    to it for life (`bornWith`). When they do not agree, or that volume is not there, nothing is made: a person has
//!    to say which one it shall be, in the same words.
//! 3. When the choice is on record the volumes forget, and only then the first instance starts: should this cluster
//!    end without step 1, what they said of an earlier one must not be believed.
//!
//! A volume that is the only one, and called as that of a new first instance would be, needs no word. Replicas claim
//! theirs when the choice is on record, so that none of them is taken for one that was left; one that is called like the
//! volume that was taken over gets the first instance's own in its place ([`ClusterName::claim_of`]).
//!
//! Invariant: the first instance never starts from a volume that may lack what another one has.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use pgo_crd::Pgcluster;

use super::Pass;
use crate::complaint::Complaint;
use crate::labels;
use crate::names::ClusterName;
use crate::observed::Observed;
use crate::plan::{Action, Exactly, Kind, Plan};
use crate::valid::ValidCluster;
use crate::valid::storage::Source;

/// Gives a new cluster the volume that its first instance starts from, or says why that cannot be known. The API server
/// asks before it writes the cluster (see [`crate::valid::admit`]).
pub(crate) fn choose(
    mut cluster: ValidCluster,
    object: &Pgcluster,
    seen: &Observed,
) -> Result<ValidCluster, Complaint> {
    if is_settled(object) {
        return Ok(cluster);
    }
    let kept: Vec<_> = seen.data_claims(&cluster.name).collect();
    let words: BTreeSet<_> = kept.iter().copied().map(last_primary).collect();
    let is_there = |volume: &str| kept.iter().any(|claim| name(claim) == volume);
    match (Vec::from_iter(words).as_slice(), &cluster.primary_storage.source) {
        ([], _) => Ok(cluster),
        ([None], _) if kept.len() == 1 && is_there(&cluster.volume) => Ok(cluster),
        ([Some(last)], Source::Claim { .. }) if is_there(last) => {
            (*last).clone_into(&mut cluster.volume);
            Ok(cluster)
        }
        ([Some(last)], Source::Existing(ours)) if ours == last => Ok(cluster),
        ([Some(last)], _) => Err(complaint(&cluster.name, &kept, Some(last))),
        _ => Err(complaint(&cluster.name, &kept, None)),
    }
}

fn complaint(cluster: &ClusterName, kept: &[&PersistentVolumeClaim], last: Option<&str>) -> Complaint {
    let names: Vec<_> = kept.iter().copied().map(name).collect();
    let trouble = last.map_or_else(
        || "do not say which one was the last primary's".to_owned(),
        |last| format!("say that the last primary's was {last}, from which this one cannot start"),
    );
    let key = labels::LAST_PRIMARY;
    Complaint::new(
        "PersistentVolumeClaims",
        format!(
            "PersistentVolumeClaims that an earlier cluster {cluster} left ({}) {trouble}: name the one to start from \
             with kubectl annotate pvc -l pg-cluster={cluster} --overwrite {key}=NAME, or delete those that nobody needs",
            names.join(", ")
        ),
    )
}

/// Whether it is on record, for good, which volume the first instance starts from.
pub(crate) fn is_settled(object: &Pgcluster) -> bool {
    object
        .status
        .as_ref()
        .is_some_and(|status| status.initialized || status.born_with.is_some())
}

/// Whether the first instance may start. What the volumes remember of an earlier cluster is taken off them before.
pub(crate) fn contribute(pass: &Pass<'_>, plan: &mut Plan) -> bool {
    let forgotten = write(&pass.cluster.name, None, pass.seen);
    let may_start = forgotten.is_none();
    if let Some(forget) = forgotten.filter(|_| is_settled(pass.object)) {
        plan.act(forget);
    }
    may_start
}

/// Writes onto the volumes of a cluster that goes which one is the last primary's, where they do not say so yet. When
/// that is not known they keep what they say.
pub(crate) fn remember(object: &Pgcluster, seen: &Observed) -> Option<Action> {
    let status = object.status.as_ref()?;
    let born = status.born_with.as_ref()?;
    let cluster = ClusterName::of(object);
    // No replica runs before the first backup: until then nobody else can have led.
    let last = seen
        .last_leader()
        .or_else(|| (!status.initialized).then(|| cluster.first_instance()))?;
    let volume = if born.volume.is_empty() {
        last.claim()
    } else {
        cluster.claim_of(&last, &born.volume)
    };
    write(&cluster, Some(&volume), seen)
}

/// Makes all volumes with data say the same, if they do not.
fn write(cluster: &ClusterName, wanted: Option<&str>, seen: &Observed) -> Option<Action> {
    let claims: Vec<_> = seen
        .data_claims(cluster)
        .filter(|claim| last_primary(claim) != wanted)
        .map(|claim| Exactly::new(Kind::PersistentVolumeClaim, &claim.metadata))
        .collect();
    (!claims.is_empty()).then(|| Action::Mark {
        claims,
        last_primary: wanted.map(str::to_owned),
    })
}

/// The last primary's volume, as this one says.
fn last_primary(claim: &PersistentVolumeClaim) -> Option<&str> {
    let annotations = claim.metadata.annotations.as_ref()?;
    annotations.get(labels::LAST_PRIMARY).map(String::as_str)
}

fn name(claim: &PersistentVolumeClaim) -> &str {
    claim.metadata.name.as_deref().unwrap_or_default()
}
