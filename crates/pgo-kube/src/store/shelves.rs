//! What lies in a store, and what each event does to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::resting::{Resting, number};
use super::{Broken, ClusterRef, Memory};

/// Namespace and name.
pub(super) type Name = (String, String);

/// Everything of one kind.
#[derive(Debug)]
pub(super) struct Shelves<M> {
    pub(super) objects: BTreeMap<Name, Resting<M>>,
    pub(super) by_cluster: HashMap<ClusterRef, Shelf>,
    pub(super) broken: BTreeMap<Name, Arc<Broken>>,
    /// How often an object has disappeared.
    pub(super) losses: u64,
    /// How often the objects of some cluster have changed.
    changes: u64,
}

/// What there is of one cluster.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Names of its objects, in order. There are few: a set would take more room than they do.
    pub(super) names: Vec<String>,
    /// Which of all changes was the last one here.
    pub(super) changed: u64,
}

impl<M> Default for Shelves<M> {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            by_cluster: HashMap::new(),
            broken: BTreeMap::new(),
            losses: 0,
            changes: 0,
        }
    }
}

/// A complete list, as it is collected.
#[derive(Debug)]
pub(crate) struct Listed<M> {
    pub(super) good: Vec<Seen<M>>,
    pub(super) broken: Vec<Broken>,
}

impl<M> Default for Listed<M> {
    fn default() -> Self {
        Self {
            good: Vec::new(),
            broken: Vec::new(),
        }
    }
}

impl<M: Memory> Listed<M> {
    pub(crate) fn add(&mut self, object: Result<M, Broken>) {
        match object {
            Ok(object) => self.good.push(Seen::of(object)),
            Err(invalid) => self.broken.push(invalid),
        }
    }
}

/// An object that the server sent, ready for the shelf.
#[derive(Debug)]
pub(super) struct Seen<M> {
    pub(super) name: Name,
    cluster: Option<ClusterRef>,
    reader: Option<ClusterRef>,
    object: Resting<M>,
}

impl<M: Memory> Seen<M> {
    pub(super) fn of(object: M) -> Self {
        Self {
            name: name_of(object.meta()),
            cluster: cluster_of(&object),
            reader: reader_of(&object),
            object: Resting::of(object),
        }
    }
}

impl<M: Memory> Shelves<M> {
    pub(super) fn saw(&mut self, seen: Seen<M>) -> BTreeSet<ClusterRef> {
        let Seen {
            name,
            cluster,
            reader,
            mut object,
        } = seen;
        let mended = self.broken.remove(&name).is_some();
        let known = self.objects.get(&name);
        if known.is_some_and(|known| known.version() > object.version()) {
            return BTreeSet::new();
        }
        let changed = mended || known.is_none_or(|known| !known.same(&mut object));
        let mut woken = if changed {
            self.remove(&name)
        } else {
            BTreeSet::new()
        };
        if changed && let Some(cluster) = cluster {
            self.changes += 1;
            let beside = self.by_cluster.entry(cluster).or_default();
            if let Err(place) = beside.names.binary_search(&name.1) {
                beside.names.insert(place, name.1.clone());
            }
            beside.changed = self.changes;
        }
        if changed {
            woken.extend(reader);
        }
        self.objects.insert(name, object);
        woken
    }

    pub(super) fn saw_broken(&mut self, invalid: Broken) -> BTreeSet<ClusterRef> {
        let name = name_of(&invalid.metadata);
        if self
            .broken
            .get(&name)
            .is_some_and(|known| known.error == invalid.error)
        {
            return BTreeSet::new();
        }
        let mut woken = self.remove(&name);
        // Only a Pgcluster has its own name as its cluster's; for others this wakes nobody who exists.
        woken.insert(ClusterRef {
            namespace: name.0.clone(),
            name: name.1.clone(),
        });
        self.broken.insert(name, Arc::new(invalid));
        woken
    }

    pub(super) fn lost(&mut self, gone: &ObjectMeta) -> BTreeSet<ClusterRef> {
        let name = name_of(gone);
        let newer = |known: &Resting<M>| {
            let object = known.object();
            known.version() > number(gone.resource_version.as_deref())
                && object.is_some_and(|it| it.meta().uid != gone.uid)
        };
        if self.objects.get(&name).is_some_and(newer) {
            return BTreeSet::new();
        }
        self.losses += 1;
        self.remove(&name)
    }

    pub(super) fn remove(&mut self, name: &Name) -> BTreeSet<ClusterRef> {
        let mut woken = BTreeSet::new();
        if self.broken.remove(name).is_some() {
            woken.insert(ClusterRef {
                namespace: name.0.clone(),
                name: name.1.clone(),
            });
        }
        let Some(object) = self.objects.remove(name).and_then(|it| it.object()) else {
            return woken;
        };
        if let Some(cluster) = cluster_of(object.as_ref()) {
            if let Some(beside) = self.by_cluster.get_mut(&cluster) {
                self.changes += 1;
                beside.names.retain(|it| *it != name.1);
                beside.changed = self.changes;
                if beside.names.is_empty() {
                    self.by_cluster.remove(&cluster);
                }
            }
            woken.insert(cluster);
        }
        woken
    }
}

pub(super) fn name_of(meta: &ObjectMeta) -> Name {
    (
        meta.namespace.clone().unwrap_or_default(),
        meta.name.clone().unwrap_or_default(),
    )
}

fn cluster_of<M: Memory>(object: &M) -> Option<ClusterRef> {
    beside(object, object.cluster())
}

pub(super) fn reader_of<M: Memory>(object: &M) -> Option<ClusterRef> {
    beside(object, object.looked_at_under())
}

/// A name in the namespace of an object.
fn beside<M: Memory>(object: &M, name: Option<&str>) -> Option<ClusterRef> {
    let name = name.filter(|name| !name.is_empty())?.to_owned();
    Some(ClusterRef {
        namespace: object.meta().namespace.clone().unwrap_or_default(),
        name,
    })
}
