//! The cluster's traffic goes to the instance that holds the lock.
//!
//! The Service of the cluster selects no pods. The instance that holds the lock writes its own address into the
//! Service's endpoint slice the moment it gets the lock, and again whenever it finds another address there. It never
//! removes itself: a successor overwrites the address, and an address of an instance that is down misleads nobody for
//! longer than no address would, while the removal would cost every node one more change of its rules.

use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointSlice};
use kube::api::{Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::json;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use super::leader::{Leader, LeaderError, View};
use super::settings::Settings;

/// Pause after a write that failed.
const RETRY: Duration = Duration::from_millis(300);

/// The cluster's endpoint slice.
pub(crate) struct Traffic {
    slices: Api<EndpointSlice>,
    slice: String,
    me: String,
    leader: Leader,
    endpoint: Endpoint,
}

impl Traffic {
    pub(crate) fn new(client: Client, settings: &Settings, leader: Leader) -> Self {
        Self {
            slices: Api::namespaced(client, &settings.namespace),
            slice: settings.cluster.clone(),
            me: settings.pod.clone(),
            leader,
            endpoint: endpoint(settings),
        }
    }

    /// Keeps the slice right for as long as views of the lock come in. `hints` wakes it: something may have changed.
    pub(crate) async fn direct(self, mut views: watch::Receiver<View>, mut hints: watch::Receiver<u64>) {
        let fields = format!("metadata.name={}", self.slice);
        let config = watcher::Config::default().fields(&fields).timeout(200);
        let mut slices = watcher(self.slices.clone(), config).default_backoff().boxed();
        // What the slice said last; `None` as long as it was not seen.
        let mut seen: Option<EndpointSlice> = None;
        let mut hinted = false;
        loop {
            let holds = views.borrow_and_update().leader.as_deref() == Some(&self.me);
            let right = seen
                .as_ref()
                .is_some_and(|slice| slice.endpoints == [self.endpoint.clone()]);
            if (holds || hinted) && !right && seen.is_some() {
                match self.claim().await {
                    Ok(Some(slice)) => seen = Some(slice),
                    // The lock is somebody else's; the view of it will follow.
                    Ok(None) => (),
                    Err(error) => {
                        warn!(error = %chain(&error), "the cluster's traffic could not be sent here");
                        tokio::time::sleep(RETRY).await;
                        // Whoever changed the slice in between has to be seen first.
                        seen = self.slices.get(&self.slice).await.ok().or(seen);
                        continue;
                    }
                }
            }
            hinted = false;
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return },
                changed = hints.changed() => {
                    if changed.is_err() { return }
                    hinted = true;
                }
                event = slices.next() => match event {
                    Some(Ok(watcher::Event::Apply(slice) | watcher::Event::InitApply(slice))) => seen = Some(slice),
                    Some(Ok(watcher::Event::Delete(_))) => seen = None,
                    Some(Ok(_)) => (),
                    Some(Err(error)) => debug!(%error, "watching the endpoint slice was interrupted"),
                    None => return,
                },
            }
        }
    }

    /// Sends the traffic here if we hold the lock at this moment, not just in a cache.
    async fn claim(&self) -> Result<Option<EndpointSlice>, LeaderError> {
        let (holder, slice) = tokio::join!(self.leader.holder(), self.slices.get(&self.slice));
        if holder?.is_none_or(|(leader, _)| leader != self.me) {
            return Ok(None);
        }
        let slice = slice?;
        if slice.endpoints == [self.endpoint.clone()] {
            return Ok(Some(slice));
        }
        let patch = json!({
            "metadata": {"resourceVersion": slice.resource_version()},
            "endpoints": [self.endpoint],
        });
        let written = self
            .slices
            .patch(&self.slice, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        info!(slice = self.slice, address = ?self.endpoint.addresses, "the cluster's traffic comes here");
        Ok(Some(written))
    }
}

fn endpoint(settings: &Settings) -> Endpoint {
    Endpoint {
        addresses: vec![settings.address.clone()],
        conditions: Some(EndpointConditions {
            ready: Some(true),
            serving: Some(true),
            terminating: Some(false),
        }),
        node_name: Some(settings.node.clone()).filter(|node| !node.is_empty()),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            name: Some(settings.pod.clone()),
            namespace: Some(settings.namespace.clone()),
            ..ObjectReference::default()
        }),
        ..Endpoint::default()
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
