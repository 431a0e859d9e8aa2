//! A cluster whose making was interrupted.
//!
//! Patroni takes any data directory that it finds for a finished one, and an `initialize` key without a value for
//! somebody else's work in progress, and would wait for that for ever. A marker in the data directory says that the
//! cluster was never used; together with what Kubernetes says it tells which of the two is true.

use std::fs;
use std::io;
use std::path::Path;

use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;
use tracing::{info, warn};

use k8s_openapi::api::core::v1::ConfigMap;

use super::settings::Settings;

/// The marker's name in the data directory.
const MARKER: &str = "pgo.unborn";

/// Marks a prepared data directory.
pub(crate) fn mark(data: &Path) -> io::Result<()> {
    fs::write(
        data.join(MARKER),
        "this data directory was made for a new cluster that was never used\n",
    )
}

/// The cluster lives: the data directory is worth something from now on.
pub(crate) fn unmark(data: &Path) {
    match fs::remove_file(data.join(MARKER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            warn!(%error, "the mark of an unborn cluster cannot be removed");
        }
        _ => (),
    }
}

/// Clears what an interrupted birth left, so that it can begin anew. Answers when Kubernetes has answered.
pub(crate) async fn clear(client: &Client, settings: &Settings) {
    if !settings.may_bootstrap {
        return;
    }
    let data = settings.data();
    let marked = data.join(MARKER).exists();
    let empty = fs::read_dir(&data).map_or(true, |mut entries| entries.next().is_none());
    if !marked && !empty {
        return;
    }
    loop {
        match initialize_key(client, settings).await {
            Ok(Key::Finished) => {
                unmark(&data);
                return;
            }
            Ok(Key::Absent | Key::Cleared) => break,
            Err(error) => {
                warn!(%error, "Kubernetes has to say whether the cluster exists already");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
    if marked {
        info!("the making of this cluster was interrupted, it begins anew");
        if let Err(error) = fs::remove_dir_all(&data) {
            warn!(%error, "the unfinished data directory cannot be removed");
        }
    }
}

enum Key {
    /// Nobody has begun.
    Absent,
    /// Our previous life had begun; its claim was taken back.
    Cleared,
    /// The cluster exists.
    Finished,
}

async fn initialize_key(client: &Client, settings: &Settings) -> kube::Result<Key> {
    let objects: Api<ConfigMap> = Api::namespaced(client.clone(), &settings.namespace);
    let name = format!("{}-config", settings.scope);
    let Some(object) = objects.get_metadata_opt(&name).await? else {
        return Ok(Key::Absent);
    };
    match object.annotations().get("initialize").map(String::as_str) {
        None => Ok(Key::Absent),
        Some("") => {
            // Only this instance may make the cluster, and its volume is locked: the claim is that of a dead life.
            let patch = json!({"metadata": {
                "resourceVersion": object.resource_version(),
                "annotations": {"initialize": null},
            }});
            objects
                .patch_metadata(&name, &PatchParams::default(), &Patch::Merge(patch))
                .await?;
            Ok(Key::Cleared)
        }
        Some(_) => Ok(Key::Finished),
    }
}
