//! Follows the namespaces of an installation: each is watched from when it carries the labels until it does not.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Weak};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, ResourceExt as _};
use tracing::{debug, info};

use crate::error::chain;
use crate::scope::Labelled;
use crate::watch::Feeds;

/// Starts to follow. It ends with the feeds.
pub(crate) fn follow(client: &Client, labelled: &Labelled, feeds: &Arc<Feeds>) {
    let selector = format!(
        "vendor=crunchydata,pgo-installation-name={}",
        labelled.installation
    );
    let namespaces: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let heard = feeds.await_also("the list of namespaces");
    let follower = Follower {
        feeds: Arc::downgrade(feeds),
        labelled: labelled.clone(),
    };
    let events = watcher::watcher(namespaces, watcher::Config::default().labels(&selector)).default_backoff();
    feeds.beside(None, async move {
        let mut heard = Some(heard);
        let mut listed = BTreeMap::new();
        let mut events = pin!(events);
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(namespace)) => {
                    listed.insert(namespace.name_any(), is_ending(&namespace));
                }
                Ok(Event::InitDone) => {
                    follower.only(&listed).await;
                    heard.take().into_iter().for_each(|heard| heard());
                }
                Ok(Event::Apply(namespace)) => follower.enter(&namespace.name_any(), is_ending(&namespace)),
                Ok(Event::Delete(namespace)) => follower.leave(&namespace.name_any()).await,
                Err(error) => debug!(error = chain(&error), "the watch of namespaces failed"),
            }
        }
    });
}

fn is_ending(namespace: &PartialObjectMeta<Namespace>) -> bool {
    namespace.metadata.deletion_timestamp.is_some()
}

struct Follower {
    /// Not an owner: the watches end when nobody looks at the caches any more.
    feeds: Weak<Feeds>,
    labelled: Labelled,
}

impl Follower {
    /// Watches these and no others.
    async fn only(&self, listed: &BTreeMap<String, bool>) {
        let known = self
            .feeds
            .upgrade()
            .map(|feeds| feeds.namespaces())
            .unwrap_or_default();
        for gone in known.iter().filter(|namespace| !listed.contains_key(*namespace)) {
            self.leave(gone).await;
        }
        for (namespace, ending) in listed {
            self.enter(namespace, *ending);
        }
    }

    fn enter(&self, namespace: &str, ending: bool) {
        let Some(feeds) = self.feeds.upgrade() else { return };
        if ending {
            feeds.end(namespace);
        }
        if feeds.namespaces().contains(namespace) {
            return;
        }
        info!(namespace, "watching a namespace");
        feeds.open(Some(namespace));
        let (labelled, name, heard) = (
            self.labelled.clone(),
            namespace.to_owned(),
            feeds.heard_of(namespace),
        );
        feeds.beside(Some(namespace), async move {
            heard.await;
            labelled.serve(&name);
        });
    }

    async fn leave(&self, namespace: &str) {
        let Some(feeds) = self.feeds.upgrade() else { return };
        info!(namespace, "leaving a namespace");
        self.labelled.leave(namespace);
        feeds.close(namespace).await;
        // Its last watch may have delivered while it was closed.
        self.labelled.leave(namespace);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use crate::cache::Caches;
    use crate::scope::Scope;
    use crate::testing::Server;

    fn namespace(name: &str, installation: &str) -> Value {
        let labels = json!({ "vendor": "crunchydata", "pgo-installation-name": installation });
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
    }

    fn cluster(namespace: &str) -> Value {
        let metadata = json!({ "name": "hippo", "namespace": namespace });
        json!({ "apiVersion": "crunchydata.com/v1", "kind": "Pgcluster", "metadata": metadata, "spec": {} })
    }

    async fn eventually(condition: impl Fn() -> bool) {
        let met = async {
            while !condition() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), met)
            .await
            .expect("it never happened");
    }

    #[tokio::test]
    async fn a_namespace_that_is_being_deleted_is_known_as_such_and_its_clusters_look_again() {
        let server = Server::default();
        server.put(&namespace("ours", "devtest"));
        server.put(&cluster("ours"));
        let (wakes, mut woken) = tokio::sync::mpsc::unbounded_channel();
        let caches = Caches::start(&server.client(), &Scope::of_installation("devtest"), Some(wakes));
        caches.ready().await;
        while woken.try_recv().is_ok() {}
        let mut ending = namespace("ours", "devtest");
        ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        server.put(&ending);
        assert_eq!(woken.recv().await.unwrap().name, "hippo");
        assert!(caches.is_ending("ours"));
    }

    #[tokio::test]
    async fn namespaces_are_served_from_when_they_carry_our_labels_until_they_do_not() {
        let server = Server::default();
        server.put(&namespace("ours", "devtest"));
        server.put(&namespace("theirs", "another"));
        server.put(&cluster("ours"));
        server.put(&cluster("theirs"));
        let scope = Scope::of_installation("devtest");
        let (wakes, mut woken) = tokio::sync::mpsc::unbounded_channel();
        let caches = Caches::start(&server.client(), &scope, Some(wakes));
        caches.ready().await;
        assert!(caches.clusters.get("ours", "hippo").is_some());
        assert!(caches.clusters.get("theirs", "hippo").is_none());
        eventually(|| scope.includes("ours")).await;
        assert!(!scope.includes("theirs"));

        server.put(&namespace("later", "devtest"));
        server.put(&cluster("later"));
        eventually(|| scope.includes("later")).await;
        eventually(|| caches.clusters.get("later", "hippo").is_some()).await;

        while woken.try_recv().is_ok() {}
        server.remove("api/v1/namespaces/ours");
        eventually(|| caches.clusters.get("ours", "hippo").is_none()).await;
        assert!(!scope.includes("ours"));
        assert_eq!(
            woken.recv().await.unwrap().namespace,
            "ours",
            "the cluster's actor hears of its end"
        );
        server.put(&cluster("ours"));
        assert!(caches.clusters.get("later", "hippo").is_some());
        assert!(caches.clusters.get("ours", "hippo").is_none());
    }
}
