//! One kind of object in memory, fed by a watch and by our own writes.
//!
//! Three things the reflector of kube-runtime does not offer are the reason for a store of our own: an index by
//! cluster, so that looking at one of a thousand clusters costs what that cluster costs; our own writes enter at
//! once, so that the next pass sees them; and it knows whether an event changed anything that somebody reads.
//!
//! A store may be behind the server, never ahead of it, and an object never goes back to an older version.

mod resting;
mod shelves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::{Selector, SelectorExt as _};

use self::resting::Resting;
pub(crate) use self::shelves::Listed;
use self::shelves::{Name, Seen, Shelves, name_of, reader_of};

/// What is kept in memory of one object.
pub trait Memory: Clone + PartialEq + Send + Sync + 'static {
    /// Name, labels and the like.
    fn meta(&self) -> &ObjectMeta;
    /// The same, to change it.
    fn meta_mut(&mut self) -> &mut ObjectMeta;
    /// The cluster that the object belongs to.
    fn cluster(&self) -> Option<&str>;
    /// The name under which the object is looked at: its cluster's. A request that names none is looked at under its own,
    /// and belongs to no cluster of that name.
    fn looked_at_under(&self) -> Option<&str> {
        self.cluster()
    }
    /// The object as JSON, as far as it is kept.
    fn json(&self) -> serde_json::Result<serde_json::Value>;
    /// The object as the text that lies in the store until somebody looks at it; of kinds that are looked at all the time,
    /// none.
    fn to_text(&self) -> Option<String> {
        None
    }
    /// Reads such a text.
    fn of_text(_text: &str) -> Option<Self> {
        None
    }
}

/// The objects of one kind in the watched namespaces. Cheap to clone; all clones are the same store.
#[derive(Debug)]
pub struct Store<M>(Arc<RwLock<Shelves<M>>>);

/// Namespace and cluster name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterRef {
    /// The namespace of the cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An object that cannot be read as what it claims to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// What could be read of it.
    pub metadata: ObjectMeta,
    /// What is wrong.
    pub error: String,
}

impl<M> Clone for Store<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> Default for Store<M> {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Shelves::default())))
    }
}

impl<M: Memory> Store<M> {
    /// Finds one object.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<M>> {
        let key = (namespace.to_owned(), name.to_owned());
        let found = self.read().objects.get(&key).cloned();
        found?.object()
    }

    /// Finds why an object cannot be read, if it cannot.
    pub fn broken(&self, namespace: &str, name: &str) -> Option<Arc<Broken>> {
        self.read()
            .broken
            .get(&(namespace.to_owned(), name.to_owned()))
            .cloned()
    }

    /// Lists the objects of a namespace that a selector matches, by name.
    pub fn list(&self, namespace: &str, selector: &Selector) -> Vec<Arc<M>> {
        let nothing = BTreeMap::new();
        let there: Vec<_> = self
            .read()
            .objects
            .range((namespace.to_owned(), String::new())..)
            .take_while(|((there, _), _)| there == namespace)
            .map(|(_, object)| object.clone())
            .collect();
        there
            .iter()
            .filter_map(Resting::object)
            .filter(|object| selector.matches(object.meta().labels.as_ref().unwrap_or(&nothing)))
            .collect()
    }

    /// Lists the objects of one cluster, by name, without looking at those of any other.
    pub fn of_cluster(&self, namespace: &str, cluster: &str) -> Vec<Arc<M>> {
        let key = ClusterRef {
            namespace: namespace.to_owned(),
            name: cluster.to_owned(),
        };
        let there: Vec<_> = {
            let shelves = self.read();
            let names = shelves.by_cluster.get(&key).map(|known| &known.names);
            let object = |name: &String| {
                shelves
                    .objects
                    .get(&(key.namespace.clone(), name.clone()))
                    .cloned()
            };
            names.into_iter().flatten().filter_map(object).collect()
        };
        there.iter().filter_map(Resting::object).collect()
    }

    /// A number that is another one whenever an object of this cluster has come, gone or changed in anything but its
    /// version; what was made of the same objects before is still right while it stays. Without objects it is 0.
    pub fn stamp(&self, cluster: &ClusterRef) -> u64 {
        self.read()
            .by_cluster
            .get(cluster)
            .map_or(0, |known| known.changed)
    }

    /// Says which clusters have an object here.
    pub fn clusters(&self) -> Vec<ClusterRef> {
        self.read().by_cluster.keys().cloned().collect()
    }

    /// Says under which names the objects here are looked at.
    pub fn looked_at(&self) -> BTreeSet<ClusterRef> {
        let shelves = self.read();
        let objects = shelves.objects.values().filter_map(Resting::object);
        objects.filter_map(|object| reader_of(object.as_ref())).collect()
    }

    /// Counts the objects.
    pub fn len(&self) -> usize {
        self.read().objects.len()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in an object that the server sent; says which clusters should look again.
    pub(crate) fn saw(&self, object: M) -> BTreeSet<ClusterRef> {
        let seen = Seen::of(object);
        self.write().saw(seen)
    }

    /// To be drawn before a write and handed in with its answer.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.read().losses)
    }

    /// Takes in the server's answer to a write of our own.
    ///
    /// If anything disappeared since the ticket was drawn, the answer may be older than its object's end and would
    /// bring back a ghost; then the watch is left to tell the truth a moment later.
    pub(crate) fn wrote(&self, ticket: Ticket, object: M) {
        let seen = Seen::of(object);
        let mut shelves = self.write();
        if shelves.losses == ticket.0 {
            shelves.saw(seen);
        }
    }

    /// Forgets an object that the server has deleted at our request.
    pub(crate) fn deleted(&self, namespace: &str, name: &str, uid: &str) {
        let mut shelves = self.write();
        let name = (namespace.to_owned(), name.to_owned());
        let known = shelves.objects.get(&name).and_then(Resting::object);
        if known.is_some_and(|known| known.meta().uid.as_deref() == Some(uid)) {
            shelves.remove(&name);
            shelves.losses += 1;
        }
    }

    /// Takes in an object that cannot be read.
    pub(crate) fn saw_broken(&self, invalid: Broken) -> BTreeSet<ClusterRef> {
        self.write().saw_broken(invalid)
    }

    /// Forgets an object that the server says is gone, unless a later namesake has taken its place.
    pub(crate) fn lost(&self, gone: &ObjectMeta) -> BTreeSet<ClusterRef> {
        self.write().lost(gone)
    }

    /// Replaces everything in `namespace` (or everywhere) by a complete list.
    ///
    /// Something of our own that is newer than the list is forgotten with the rest: the watch that follows the list
    /// brings it back, and a pass in between writes it again, which changes nothing.
    pub(crate) fn replace(&self, namespace: Option<&str>, list: Listed<M>) -> BTreeSet<ClusterRef> {
        let mut shelves = self.write();
        let ours = |(there, _): &&Name| namespace.is_none_or(|namespace| namespace == there);
        let known: Vec<Name> = shelves
            .objects
            .keys()
            .chain(shelves.broken.keys())
            .filter(ours)
            .cloned()
            .collect();
        let listed: BTreeSet<Name> = list
            .good
            .iter()
            .map(|it| it.name.clone())
            .chain(list.broken.iter().map(|it| name_of(&it.metadata)))
            .collect();
        shelves.losses += 1;
        let mut woken = BTreeSet::new();
        for name in known.iter().filter(|name| !listed.contains(*name)) {
            woken.extend(shelves.remove(name));
        }
        for object in list.good {
            woken.extend(shelves.saw(object));
        }
        for invalid in list.broken {
            woken.extend(shelves.saw_broken(invalid));
        }
        woken
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelves<M>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves<M>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what a store knew when it was drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

#[cfg(test)]
mod tests;
