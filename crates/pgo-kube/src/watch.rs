//! The watches that feed the stores. Each has its own back-off: one that fails stops no other.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures::{Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use crate::cache::Wakes;
use crate::error::chain;
use crate::kind::{Kept, meta_memory};
use crate::store::{Broken, Listed, Memory, Store};

/// Small pages bound the memory that a list takes while it is read: a page is in memory twice.
const PAGE: u32 = 50;
/// Shorter than what load balancers allow a quiet connection.
const TIMEOUT_SECONDS: u32 = 200;

/// How objects of a kind are read from the wire.
pub(crate) trait Reading<K: Kept> {
    /// Opens the watch: endless, with its own back-off.
    fn open(
        place: &Place,
        config: watcher::Config,
    ) -> impl Stream<Item = Read<K::Memory>> + Send + 'static + use<Self, K>;
}

/// Where objects are watched.
pub(crate) struct Place {
    client: Client,
    namespace: Option<String>,
}

impl Place {
    fn api<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(&self) -> Api<K> {
        match &self.namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }
}

type Read<M> = watcher::Result<Event<Result<M, Broken>>>;

/// Objects of Kubernetes' own kinds, which can always be read.
pub(crate) struct Plain;
/// Objects of our kinds: one that cannot be read must not hide the others.
pub(crate) struct Guarded;
/// Only the metadata travels.
pub(crate) struct MetadataOnly;

impl<K: Kept> Reading<K> for Plain {
    fn open(
        place: &Place,
        config: watcher::Config,
    ) -> impl Stream<Item = Read<K::Memory>> + Send + 'static + use<K> {
        let objects = watcher::watcher(place.api(), config).default_backoff();
        objects.map(|event| event.map(|event| map(event, |object: K| Ok(object.into_memory()))))
    }
}

impl<K: Kept> Reading<K> for Guarded {
    fn open(
        place: &Place,
        config: watcher::Config,
    ) -> impl Stream<Item = Read<K::Memory>> + Send + 'static + use<K> {
        let objects = watcher::watcher(place.api(), config).default_backoff();
        objects.map(|event| event.map(|event| map(event, read_guarded::<K>)))
    }
}

fn read_guarded<K: Kept>(guard: DeserializeGuard<K>) -> Result<K::Memory, Broken> {
    match guard.0 {
        Ok(object) => Ok(object.into_memory()),
        Err(invalid) => Err(Broken {
            metadata: meta_memory(invalid.metadata),
            error: invalid.error,
        }),
    }
}

impl Reading<Secret> for MetadataOnly {
    fn open(
        place: &Place,
        config: watcher::Config,
    ) -> impl Stream<Item = Read<ObjectMeta>> + Send + 'static + use<> {
        let objects = watcher::watcher(place.api::<PartialObjectMeta<Secret>>(), config).default_backoff();
        objects.map(|event| {
            event.map(|event| {
                map(event, |it: PartialObjectMeta<Secret>| {
                    Ok(meta_memory(it.metadata))
                })
            })
        })
    }
}

/// The running watches and which of them have delivered.
pub(crate) struct Feeds {
    client: Client,
    namespaces: Vec<Option<String>>,
    wakes: Option<Wakes>,
    unready: watch::Sender<BTreeSet<String>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Feeds {
    pub(crate) fn new(client: Client, namespaces: Vec<Option<String>>, wakes: Option<Wakes>) -> Self {
        Self {
            client,
            namespaces,
            wakes,
            unready: watch::Sender::new(BTreeSet::new()),
            tasks: Mutex::new(JoinSet::new()),
        }
    }

    /// Starts the watches of one kind.
    pub(crate) fn start<K: Kept, R: Reading<K>>(&mut self) -> Store<K::Memory> {
        let store = Store::default();
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        for namespace in &self.namespaces {
            let place = Place {
                client: self.client.clone(),
                namespace: namespace.clone(),
            };
            let config = watcher::Config {
                label_selector: K::SELECTOR.map(str::to_owned),
                timeout: Some(TIMEOUT_SECONDS),
                page_size: Some(PAGE),
                ..watcher::Config::default()
            };
            let name = format!(
                "{} in {}",
                K::plural(&()),
                namespace.as_deref().unwrap_or("every namespace")
            );
            self.unready.send_modify(|unready| unready.extend([name.clone()]));
            let feed = Feed {
                name,
                namespace: namespace.clone(),
                store: store.clone(),
                wakes: self.wakes.clone(),
                unready: self.unready.clone(),
            };
            tasks.spawn(feed.run(R::open(&place, config)));
        }
        store
    }

    pub(crate) async fn ready(&self) {
        let mut unready = self.unready.subscribe();
        // The sender is ours and lives as long as we do, so this cannot fail.
        drop(unready.wait_for(BTreeSet::is_empty).await);
    }

    pub(crate) fn unready(&self) -> Vec<String> {
        self.unready.borrow().iter().cloned().collect()
    }
}

/// One watch: a kind in a namespace.
struct Feed<M> {
    name: String,
    namespace: Option<String>,
    store: Store<M>,
    wakes: Option<Wakes>,
    unready: watch::Sender<BTreeSet<String>>,
}

impl<M: Memory> Feed<M> {
    async fn run(self, events: impl Stream<Item = Read<M>>) {
        let mut events = pin!(events);
        let mut listed = Listed::default();
        let mut failing = false;
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    failing = false;
                    self.take(event, &mut listed);
                }
                // A connection that ends is everyday business; one that cannot be opened again is not.
                Err(error) if failing => {
                    warn!(watch = self.name, error = chain(&error), "a watch keeps failing")
                }
                Err(error) => {
                    failing = true;
                    debug!(watch = self.name, error = chain(&error), "a watch failed");
                }
            }
        }
    }

    fn take(&self, event: Event<Result<M, Broken>>, listed: &mut Listed<M>) {
        let woken = match event {
            Event::Init => {
                *listed = Listed::default();
                return;
            }
            Event::InitApply(Ok(object)) => return listed.good.push(object),
            Event::InitApply(Err(invalid)) => return listed.broken.push(invalid),
            Event::InitDone => self
                .store
                .replace(self.namespace.as_deref(), std::mem::take(listed)),
            Event::Apply(Ok(object)) => self.store.saw(object),
            Event::Apply(Err(invalid)) => self.store.saw_broken(invalid),
            Event::Delete(Ok(object)) => self.store.lost(object.meta()),
            Event::Delete(Err(invalid)) => self.store.lost(&invalid.metadata),
        };
        self.unready
            .send_if_modified(|unready| unready.remove(&self.name));
        if let Some(wakes) = &self.wakes {
            // Nobody listens any more only while the process ends.
            woken.into_iter().for_each(|cluster| drop(wakes.send(cluster)));
        }
    }
}

fn map<T, M>(event: Event<T>, read: impl FnOnce(T) -> Result<M, Broken>) -> Event<Result<M, Broken>> {
    match event {
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(read(object)),
        Event::InitDone => Event::InitDone,
        Event::Apply(object) => Event::Apply(read(object)),
        Event::Delete(object) => Event::Delete(read(object)),
    }
}
