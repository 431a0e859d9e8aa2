//! Tasks that accompany a birth. An earlier cluster of the same name may have left its own behind.

use jiff::{SignedDuration, Timestamp};
use pgo_crd::Pgtask;
use pgo_kube::Kube;

use crate::refusal::Refusal;

/// How long a birth that another server has begun may take to get from its first task to its cluster.
const IN_PROGRESS: SignedDuration = SignedDuration::from_secs(60);

/// Writes a task in the place of one that an earlier cluster left behind. A fresh one belongs to someone who is
/// creating the same cluster at this moment.
pub(super) async fn write(kube: &Kube, task: &Pgtask) -> Result<Pgtask, Refusal> {
    let namespace = task.metadata.namespace.as_deref().unwrap_or_default();
    let name = task.metadata.name.as_deref().unwrap_or_default();
    match kube.create(task).await {
        Err(error) if error.is_already_exists() => {}
        answer => return Ok(answer?),
    }
    let Some(earlier) = kube.find::<Pgtask>(namespace, name).await? else {
        return Ok(kube.create(task).await?);
    };
    let created = earlier
        .metadata
        .creation_timestamp
        .map_or(Timestamp::UNIX_EPOCH, |time| time.0);
    if Timestamp::now().duration_since(created) < IN_PROGRESS {
        return Err(Refusal::Asked(format!(
            "a cluster of this name is being created or removed right now (task {name:?}): try again in a minute"
        )));
    }
    kube.delete::<Pgtask>(namespace, name, earlier.metadata.uid.as_deref())
        .await?;
    Ok(kube.create(task).await?)
}
