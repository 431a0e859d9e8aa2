//! What is written to the metadata of the `Pgcluster` itself: the finalizer, and labels for people and scripts.

use std::collections::BTreeMap;

use pgo_crd::Pgcluster;
use pgo_plan::plan::Finalizer;
use serde_json::{Map, Value, json};

use crate::call::{Kube, place};
use crate::error::{Error, Verb};
use crate::label::FINALIZER;
use crate::outcome::Outcome;

impl Kube {
    /// Holds the finalizer if the plan says so, and merges the labels, in one request if any is needed.
    pub(crate) async fn hold(
        &self,
        cluster: &Pgcluster,
        finalizer: Finalizer,
        labels: &BTreeMap<String, String>,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let hold = finalizer == Finalizer::Hold;
        let patch = |cluster: &Pgcluster| {
            let finalizers = hold.then(|| with_ours(cluster)).flatten();
            patch(cluster, finalizers, missing(cluster, labels))
        };
        outcome.note(Verb::Patch, cluster, self.patch_metadata(cluster, patch).await);
        outcome
    }

    /// Lets the `Pgcluster` go because its namespace goes: nothing of it can be removed in order any more, and our
    /// rights in the namespace may have gone already. Returns whether anything had to be written.
    pub async fn let_go(&self, cluster: &Pgcluster) -> Result<bool, Error> {
        let outcome = self.release(cluster).await;
        let wrote = outcome.changed_the_world();
        outcome.failure.map_or(Ok(wrote), Err)
    }

    /// Lets the `Pgcluster` go.
    pub(crate) async fn release(&self, cluster: &Pgcluster) -> Outcome {
        let patch = |cluster: &Pgcluster| patch(cluster, without_ours(cluster), Map::new());
        let fate = self.patch_metadata(cluster, patch).await;
        let mut outcome = Outcome {
            released: fate.is_ok(),
            ..Outcome::default()
        };
        outcome.note(Verb::Patch, cluster, fate);
        outcome
    }

    /// Patches as a function of the present object says; once more if the object was changed meanwhile.
    async fn patch_metadata(
        &self,
        cluster: &Pgcluster,
        patch: impl Fn(&Pgcluster) -> Option<Value>,
    ) -> Result<bool, Error> {
        let (namespace, name) = place(cluster);
        let known = self.caches.clusters.get(&namespace, &name);
        let known = known.filter(|known| known.metadata.uid == cluster.metadata.uid);
        let Some(body) = patch(known.as_deref().unwrap_or(cluster)) else {
            return Ok(false);
        };
        match self.merge::<Pgcluster>(&namespace, &name, &body).await {
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) if error.is_conflict() => {}
            answer => return answer.map(|_| true),
        }
        let Some(fresh) = self.find::<Pgcluster>(&namespace, &name).await? else {
            return Ok(false);
        };
        if fresh.metadata.uid != cluster.metadata.uid {
            return Ok(false);
        }
        let Some(body) = patch(&fresh) else {
            return Ok(false);
        };
        self.merge::<Pgcluster>(&namespace, &name, &body)
            .await
            .map(|_| true)
    }
}

/// The finalizers with ours among them, unless it is there or must not be added any more.
fn with_ours(cluster: &Pgcluster) -> Option<Vec<String>> {
    let there = cluster.metadata.finalizers.clone().unwrap_or_default();
    let add = cluster.metadata.deletion_timestamp.is_none() && !there.iter().any(|name| name == FINALIZER);
    add.then(|| there.into_iter().chain([FINALIZER.to_owned()]).collect())
}

/// The finalizers without ours, if it is there.
fn without_ours(cluster: &Pgcluster) -> Option<Vec<String>> {
    let there = cluster.metadata.finalizers.as_ref()?;
    let others: Vec<String> = there.iter().filter(|name| *name != FINALIZER).cloned().collect();
    (others.len() < there.len()).then_some(others)
}

fn missing(cluster: &Pgcluster, wanted: &BTreeMap<String, String>) -> Map<String, Value> {
    let there = cluster.metadata.labels.as_ref();
    let missing = wanted
        .iter()
        .filter(|(key, value)| there.and_then(|them| them.get(*key)) != Some(value));
    missing.map(|(key, value)| (key.clone(), json!(value))).collect()
}

/// A merge patch of the metadata. A list is replaced as a whole, so it is written only over the version that it was
/// made from; labels are merged by the server and need only the right object.
fn patch(cluster: &Pgcluster, finalizers: Option<Vec<String>>, labels: Map<String, Value>) -> Option<Value> {
    if finalizers.is_none() && labels.is_empty() {
        return None;
    }
    let mut metadata = json!({ "uid": cluster.metadata.uid });
    if let Some(finalizers) = finalizers {
        metadata["resourceVersion"] = json!(cluster.metadata.resource_version);
        metadata["finalizers"] = json!(finalizers);
    }
    if !labels.is_empty() {
        metadata["labels"] = Value::Object(labels);
    }
    Some(json!({ "metadata": metadata }))
}
