//! The watches that feed the stores. Each has its own back-off: one that fails stops no other.

use std::collections::{BTreeSet, HashMap};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
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
use crate::kind::{Described, Kept, label_memory, meta_memory, name_memory};
use crate::store::{Broken, ClusterRef, Listed, Memory, Store};

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

type Read<M> = watcher::Result<Event<Result<M, Box<Broken>>>>;

/// Objects of Kubernetes' own kinds, which can always be read.
pub(crate) struct Plain;
/// Objects of our kinds: one that cannot be read must not hide the others.
pub(crate) struct Guarded;
/// Only the metadata travels, and of that is kept what `D` says.
pub(crate) struct MetadataOnly<D>(PhantomData<D>);

/// How much is kept of metadata.
pub(crate) trait Depth: 'static {
    /// Drops what nobody reads.
    fn slim(meta: ObjectMeta) -> ObjectMeta;
}

/// Everything that may be read.
pub(crate) struct Whole;
/// What an object is found by.
pub(crate) struct Labels;
/// The same, without the labels, but for that of the cluster.
pub(crate) struct Names;

impl Depth for Whole {
    fn slim(meta: ObjectMeta) -> ObjectMeta {
        meta_memory(meta)
    }
}

impl Depth for Labels {
    fn slim(meta: ObjectMeta) -> ObjectMeta {
        label_memory(meta)
    }
}

impl Depth for Names {
    fn slim(meta: ObjectMeta) -> ObjectMeta {
        name_memory(meta)
    }
}

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

fn read_guarded<K: Kept>(guard: DeserializeGuard<K>) -> Result<K::Memory, Box<Broken>> {
    match guard.0 {
        Ok(object) => Ok(object.into_memory()),
        Err(invalid) => Err(Box::new(Broken {
            metadata: meta_memory(invalid.metadata),
            error: invalid.error,
        })),
    }
}

impl<K: Described, D: Depth> Reading<K> for MetadataOnly<D> {
    fn open(
        place: &Place,
        config: watcher::Config,
    ) -> impl Stream<Item = Read<K::Memory>> + Send + 'static + use<K, D> {
        let objects = watcher::watcher(place.api::<PartialObjectMeta<K>>(), config).default_backoff();
        let read = |it: PartialObjectMeta<K>| Ok(K::described(D::slim(it.metadata)));
        objects.map(move |event| event.map(|event| map(event, read)))
    }
}

/// The running watches and which of them have delivered.
pub(crate) struct Feeds {
    client: Client,
    wakes: Option<Wakes>,
    kinds: Vec<Box<dyn Shelf>>,
    unready: watch::Sender<BTreeSet<Awaited>>,
    running: Mutex<HashMap<Option<String>, JoinSet<()>>>,
    ending: Mutex<BTreeSet<String>>,
}

/// A complete list that has not arrived yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Awaited {
    namespace: Option<String>,
    kind: String,
}

impl Awaited {
    fn describe(&self) -> String {
        let place = self.namespace.as_deref().unwrap_or("every namespace");
        format!("{} in {place}", self.kind)
    }
}

/// One kind, whichever it is.
trait Shelf: Send + Sync {
    /// Follows the kind in a namespace, or in all.
    fn follow(&self, feeds: &Feeds, namespace: Option<&str>) -> BoxFuture<'static, ()>;
    /// The clusters of a namespace that have an object of the kind.
    fn clusters(&self, namespace: &str) -> BTreeSet<ClusterRef>;
    /// Forgets what is known of a namespace; says which clusters should look again.
    fn clear(&self, namespace: &str) -> BTreeSet<ClusterRef>;
}

struct Kind<K: Kept, R> {
    store: Store<K::Memory>,
    reading: PhantomData<fn() -> R>,
}

impl<K: Kept, R: Reading<K> + 'static> Shelf for Kind<K, R> {
    fn follow(&self, feeds: &Feeds, namespace: Option<&str>) -> BoxFuture<'static, ()> {
        let place = Place {
            client: feeds.client.clone(),
            namespace: namespace.map(str::to_owned),
        };
        let config = watcher::Config {
            label_selector: K::SELECTOR.map(str::to_owned),
            timeout: Some(TIMEOUT_SECONDS),
            page_size: Some(PAGE),
            ..watcher::Config::default()
        };
        let awaited = Awaited {
            namespace: place.namespace.clone(),
            kind: K::plural(&()).into_owned(),
        };
        feeds
            .unready
            .send_modify(|unready| unready.extend([awaited.clone()]));
        let feed = Feed {
            awaited,
            store: self.store.clone(),
            wakes: feeds.wakes.clone(),
            unready: feeds.unready.clone(),
        };
        feed.run(R::open(&place, config)).boxed()
    }

    fn clusters(&self, namespace: &str) -> BTreeSet<ClusterRef> {
        let clusters = self.store.clusters().into_iter();
        clusters
            .filter(|cluster| cluster.namespace == namespace)
            .collect()
    }

    fn clear(&self, namespace: &str) -> BTreeSet<ClusterRef> {
        self.store.replace(Some(namespace), Listed::default())
    }
}

impl Feeds {
    pub(crate) fn new(client: Client, wakes: Option<Wakes>) -> Self {
        Self {
            client,
            wakes,
            kinds: Vec::new(),
            unready: watch::Sender::new(BTreeSet::new()),
            running: Mutex::default(),
            ending: Mutex::default(),
        }
    }

    /// The connection on which everything is watched.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Adds a kind to what is watched wherever we watch.
    pub(crate) fn keep<K: Kept, R: Reading<K> + 'static>(&mut self) -> Store<K::Memory> {
        let store = Store::default();
        self.kinds.push(Box::new(Kind::<K, R> {
            store: store.clone(),
            reading: PhantomData,
        }));
        store
    }

    /// Watches every kind in a namespace, or in all; nothing happens where that is done already.
    pub(crate) fn open(&self, namespace: Option<&str>) {
        let key = namespace.map(str::to_owned);
        self.running().entry(key).or_insert_with(|| {
            let watches = self.kinds.iter().map(|kind| kind.follow(self, namespace));
            watches.collect()
        });
    }

    /// Ends the watches of a namespace and forgets what they brought.
    pub(crate) async fn close(&self, namespace: &str) {
        let Some(mut watches) = self.running().remove(&Some(namespace.to_owned())) else {
            return;
        };
        watches.shutdown().await;
        self.ending().remove(namespace);
        self.unready
            .send_modify(|unready| unready.retain(|awaited| awaited.namespace.as_deref() != Some(namespace)));
        let woken = self.kinds.iter().flat_map(|kind| kind.clear(namespace));
        tell(self.wakes.as_ref(), woken);
    }

    /// Notes that a namespace is being deleted, and wakes its clusters.
    pub(crate) fn end(&self, namespace: &str) {
        if self.ending().insert(namespace.to_owned()) {
            let woken = self.kinds.iter().flat_map(|kind| kind.clusters(namespace));
            tell(self.wakes.as_ref(), woken);
        }
    }

    /// Whether a namespace is being deleted.
    pub(crate) fn is_ending(&self, namespace: &str) -> bool {
        self.ending().contains(namespace)
    }

    /// The namespaces that are watched one by one.
    pub(crate) fn namespaces(&self) -> BTreeSet<String> {
        self.running().keys().flatten().cloned().collect()
    }

    /// Runs what must end when the watches of a namespace, or all of them, do.
    pub(crate) fn beside(&self, namespace: Option<&str>, task: impl Future<Output = ()> + Send + 'static) {
        let key = namespace.map(str::to_owned);
        self.running().entry(key).or_default().spawn(task);
    }

    /// Waits for one more thing than the lists: the answer removes it again.
    pub(crate) fn await_also(&self, what: &str) -> impl FnOnce() + Send + use<> {
        let awaited = Awaited {
            namespace: None,
            kind: what.to_owned(),
        };
        let unready = self.unready.clone();
        unready.send_modify(|unready| unready.extend([awaited.clone()]));
        move || unready.send_modify(|unready| unready.retain(|it| *it != awaited))
    }

    pub(crate) async fn ready(&self) {
        let mut unready = self.unready.subscribe();
        // The sender is ours and lives as long as we do, so this cannot fail.
        drop(unready.wait_for(BTreeSet::is_empty).await);
    }

    /// Waits until every kind of a namespace has been heard of.
    pub(crate) fn heard_of(&self, namespace: &str) -> impl Future<Output = ()> + Send + use<> {
        let mut unready = self.unready.subscribe();
        let namespace = Some(namespace.to_owned());
        async move {
            let heard = |unready: &BTreeSet<Awaited>| unready.iter().all(|it| it.namespace != namespace);
            drop(unready.wait_for(heard).await);
        }
    }

    /// Whether every kind of a namespace has been heard of.
    pub(crate) fn has_heard_of(&self, namespace: &str) -> bool {
        let concerns = |it: &Awaited| it.namespace.as_deref().is_none_or(|there| there == namespace);
        !self.unready.borrow().iter().any(concerns)
    }

    /// Whether there is a namespace of which every kind has been heard of, or none at all to hear of.
    pub(crate) fn hears_something(&self) -> bool {
        let namespaces = self.namespaces();
        let everywhere = |it: &Awaited| it.namespace.is_none();
        !self.unready.borrow().iter().any(everywhere)
            && (namespaces.is_empty() || namespaces.iter().any(|namespace| self.has_heard_of(namespace)))
    }

    pub(crate) fn unready(&self) -> Vec<String> {
        self.unready.borrow().iter().map(Awaited::describe).collect()
    }

    fn ending(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Option<String>, JoinSet<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody listens any more only while the process ends.
fn tell(wakes: Option<&Wakes>, woken: impl IntoIterator<Item = ClusterRef>) {
    if let Some(wakes) = wakes {
        woken.into_iter().for_each(|cluster| drop(wakes.send(cluster)));
    }
}

/// One watch: a kind in a namespace.
struct Feed<M> {
    awaited: Awaited,
    store: Store<M>,
    wakes: Option<Wakes>,
    unready: watch::Sender<BTreeSet<Awaited>>,
}

impl<M: Memory> Feed<M> {
    async fn run(self, events: impl Stream<Item = Read<M>>) {
        let mut events = pin!(events);
        let mut listed = Listed::default();
        let mut failing = false;
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    // That it begins again says nothing yet.
                    failing &= matches!(event, Event::Init);
                    self.take(event, &mut listed);
                }
                // A connection that ends is everyday business; one that cannot be opened again is not.
                Err(error) if failing => {
                    warn!(
                        watch = self.awaited.describe(),
                        error = chain(&error),
                        "a watch keeps failing"
                    );
                }
                Err(error) => {
                    failing = true;
                    debug!(
                        watch = self.awaited.describe(),
                        error = chain(&error),
                        "a watch failed"
                    );
                }
            }
        }
    }

    fn take(&self, event: Event<Result<M, Box<Broken>>>, listed: &mut Listed<M>) {
        let woken = match event {
            Event::Init => {
                *listed = Listed::default();
                return;
            }
            Event::InitApply(object) => return listed.add(object.map_err(|invalid| *invalid)),
            Event::InitDone => self
                .store
                .replace(self.awaited.namespace.as_deref(), std::mem::take(listed)),
            Event::Apply(Ok(object)) => self.store.saw(object),
            Event::Apply(Err(invalid)) => self.store.saw_broken(*invalid),
            Event::Delete(Ok(object)) => self.store.lost(object.meta()),
            Event::Delete(Err(invalid)) => self.store.lost(&invalid.metadata),
        };
        self.unready
            .send_if_modified(|unready| unready.remove(&self.awaited));
        tell(self.wakes.as_ref(), woken);
    }
}

fn map<T, M>(
    event: Event<T>,
    read: impl FnOnce(T) -> Result<M, Box<Broken>>,
) -> Event<Result<M, Box<Broken>>> {
    match event {
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(read(object)),
        Event::InitDone => Event::InitDone,
        Event::Apply(object) => Event::Apply(read(object)),
        Event::Delete(object) => Event::Delete(read(object)),
    }
}
