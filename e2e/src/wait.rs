//! Waiting for a condition by watching, with a deadline. Nothing here sleeps.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::StreamExt as _;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Resource, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A deadline in seconds.
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Waits until one object, or its absence, meets a condition, and returns what met it.
///
/// The error says what was waited for and shows the object as it was last seen.
pub async fn until<K>(
    api: &Api<K>,
    name: &str,
    within: Duration,
    what: &str,
    met: impl Fn(Option<&K>) -> bool,
) -> Result<Option<K>>
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let seen = until_all(api.clone(), only, within, what, |all| met(all.values().next())).await?;
    Ok(seen.into_values().next())
}

/// Waits until all objects of a selection together meet a condition, and returns them by name.
pub async fn until_all<K>(
    api: Api<K>,
    selection: watcher::Config,
    within: Duration,
    what: &str,
    met: impl Fn(&BTreeMap<String, K>) -> bool,
) -> Result<BTreeMap<String, K>>
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    let mut seen = BTreeMap::new();
    let mut trouble = None;
    let follow = async {
        // A watch that breaks is opened again, until the deadline.
        let mut events = pin!(watcher(api, selection).default_backoff());
        let mut listed = BTreeMap::new();
        while let Some(event) = events.next().await {
            match event {
                Err(error) => {
                    trouble = Some(error);
                    continue;
                }
                Ok(watcher::Event::Init) => {
                    listed.clear();
                    continue;
                }
                Ok(watcher::Event::InitApply(object)) => {
                    listed.insert(object.name_any(), object);
                    continue;
                }
                Ok(watcher::Event::InitDone) => seen = std::mem::take(&mut listed),
                Ok(watcher::Event::Apply(object)) => {
                    seen.insert(object.name_any(), object);
                }
                Ok(watcher::Event::Delete(object)) => {
                    seen.remove(&object.name_any());
                }
            }
            if met(&seen) {
                return ready(()).await;
            }
        }
    };
    if tokio::time::timeout(within, follow).await.is_err() {
        bail!(
            "not within {within:?}: {what}\n{}{}",
            describe(&seen),
            explain(trouble)
        );
    }
    Ok(seen)
}

fn explain(trouble: Option<watcher::Error>) -> String {
    trouble
        .map(|error| format!("  the watch failed, last with: {error}\n"))
        .unwrap_or_default()
}

/// Metadata is long and rarely why: the status and, for what has none, nothing but the name.
fn describe<K: Serialize>(seen: &BTreeMap<String, K>) -> String {
    if seen.is_empty() {
        return "  nothing of the kind exists\n".into();
    }
    let line = |(name, object): (&String, &K)| {
        let status = serde_json::to_value(object)
            .ok()
            .and_then(|mut value| value.get_mut("status").map(serde_json::Value::take));
        format!("  {name}: {}\n", status.unwrap_or_default())
    };
    seen.iter().map(line).collect()
}
