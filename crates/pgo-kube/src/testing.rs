//! A Kubernetes API server in memory, as far as pgo can tell the difference.
//!
//! It stores JSON, counts versions, honours preconditions, applies, merges, deletes with finalizers, lists and watches
//! with label selectors. It records every request, and it can fail, hang or lose the answer of the n-th write, so that
//! a test can end a pass between any two of them by dropping its future.

mod objects;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::Client;
use serde_json::Value;

use crate::cache::Caches;
use crate::call::Kube;
use crate::scope::Scope;
use objects::Objects;

/// The server. Clones are the same server.
#[derive(Clone, Default)]
pub struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    objects: Objects,
    calls: Vec<Call>,
    /// What happens to the n-th write from now, counted from zero.
    faults: BTreeMap<usize, Fault>,
    writes: usize,
}

/// One request that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `GET`, `POST`, `PATCH` or `DELETE`; `APPLY` for a patch that is a server-side apply.
    pub verb: String,
    /// Kind in plural, name, and subresource if any: `deployments/hippo`, `pgclusters/hippo/status`.
    pub target: String,
    /// The body, or null.
    pub body: Value,
}

impl Call {
    /// Verb and target in one word, for comparison.
    pub fn line(&self) -> String {
        format!("{} {}", self.verb, self.target)
    }

    /// Whether the call wants to change something.
    pub fn is_write(&self) -> bool {
        self.verb != "GET"
    }
}

/// What happens to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this HTTP status and not carried out.
    Refused(u16),
    /// It is carried out, and the answer never arrives.
    AnswerLost,
    /// It never arrives, and so no answer does.
    RequestLost,
}

impl Server {
    /// A client of this server.
    pub fn client(&self) -> Client {
        wire::client(self.clone())
    }

    /// Hands on this server, with caches that have seen everything it holds now and follow it from there.
    pub async fn kube(&self) -> Kube {
        let client = self.client();
        let caches = Caches::start(&client, &Scope::Everywhere, None);
        caches.ready().await;
        Kube::new(client, caches)
    }

    /// Stores an object as if somebody else had created or replaced it. Returns what is stored.
    ///
    /// # Panics
    ///
    /// If it is handed something that is no object.
    #[expect(clippy::panic, reason = "a test that hands in what is no object must fail")]
    pub fn put<K: serde::Serialize>(&self, object: &K) -> Value {
        match serde_json::to_value(object) {
            Ok(object) => self.lock().objects.put(object),
            Err(error) => panic!("no object: {error}"),
        }
    }

    /// Reads an object: `apis/apps/v1/namespaces/ns/deployments/hippo`.
    pub fn object(&self, path: &str) -> Option<Value> {
        self.lock().objects.get(path).cloned()
    }

    /// Removes an object as if somebody else had, finalizers or not.
    pub fn remove(&self, path: &str) {
        self.lock().objects.remove(path);
    }

    /// Everything that is stored, by path, without what depends on time and order: versions and uids.
    pub fn world(&self) -> BTreeMap<String, Value> {
        self.lock().objects.world()
    }

    /// The requests since the last look, watches and lists left out.
    pub fn take_calls(&self) -> Vec<Call> {
        let calls = std::mem::take(&mut self.lock().calls);
        calls
            .into_iter()
            .filter(|call| call.target.contains('/'))
            .collect()
    }

    /// The writes since the last look, as lines in alphabetical order (the order of concurrent writes says nothing).
    pub fn take_writes(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .take_calls()
            .iter()
            .filter(|call| call.is_write())
            .map(Call::line)
            .collect();
        lines.sort();
        lines
    }

    /// Lets something happen to the n-th write from now, counted from zero.
    pub fn fault(&self, write: usize, fault: Fault) {
        let mut state = self.lock();
        let at = state.writes + write;
        state.faults.insert(at, fault);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
