//! What the routes do. One file per noun, one function per message, no HTTP anywhere below here.

pub(crate) mod basebackup;
pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod failover;
pub(crate) mod label;
pub(crate) mod later;
pub(crate) mod namespace;
pub(crate) mod pgorole;
pub(crate) mod pgouser;
pub(crate) mod policy;
pub(crate) mod pvc;
pub(crate) mod scale;
pub(crate) mod status;
pub(crate) mod surroundings;
pub(crate) mod user;
pub(crate) mod version;
pub(crate) mod workflow;

mod backup;
mod benchmark;
mod clone;
mod df;
mod dump;
mod file;
mod image;
mod load;
mod pgbouncer;
mod pod;
mod questions;
mod reach;
mod reload;
mod removal;
mod restore;
mod schedule;
mod upgrade;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgo_crd::Pgcluster;
use pgo_kube::{Kube, Office, Scope};
use pgo_plan::complaint::{Complaint, joined};
use pgo_plan::defaults::Defaults;
use pgo_plan::desired::namespace::Installation;
use tokio::sync::watch::Receiver;
use tokio_util::task::TaskTracker;

use crate::auth::{Caller, Verifier};
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::refusal::Refusal;

/// Everything that a route may use.
pub(crate) struct App {
    /// The watched namespaces, and how to write to them.
    pub(crate) kube: Kube,
    /// The operator's namespace, the nodes, the namespaces.
    pub(crate) office: Office,
    /// Which namespaces are watched.
    pub(crate) scope: Scope,
    /// Whom namespaces of ours belong to.
    pub(crate) installation: Installation,
    /// Routes that need no client certificate.
    pub(crate) exempt: Vec<&'static str>,
    /// `pgo.yaml`.
    pub(crate) configuration: Configuration,
    /// Whether passwords are right.
    pub(crate) verifier: Verifier,
    /// Clusters that were shown before.
    pub(crate) written: cluster::Written,
    /// What has happened, in numbers.
    pub(crate) metrics: Metrics,
    /// Whether it is time to take requests: see [`App::unready`].
    pub(crate) started: AtomicBool,
    /// Work that goes on when its client has gone.
    pub(crate) running: TaskTracker,
}

impl App {
    /// The configuration in force.
    pub(crate) fn defaults(&self) -> Arc<Defaults> {
        self.configuration.current(&self.office)
    }

    /// What is still waited for before requests are taken. Only at the start: a namespace that cannot be listened to
    /// (a missing right, say) must not keep the others from being served; requests to it are told so.
    pub(crate) fn unready(&self) -> Vec<String> {
        if self.started.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.unheard()
    }

    /// What has not been heard of yet.
    pub(crate) fn unheard(&self) -> Vec<String> {
        let mut unready = self.kube.caches.unready();
        unready.extend(self.office.unready().into_iter().map(str::to_owned));
        unready
    }

    /// Whether the caller may use this namespace, and we serve it. In this order, so that a caller learns nothing
    /// about namespaces that are none of its business: one that does not exist looks like one that is not allowed.
    pub(crate) fn check_namespace(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        if name.is_empty() {
            return Err(Refusal::asked(
                "a namespace is needed: give --namespace or set PGO_NAMESPACE",
            ));
        }
        let namespace = self.office.namespace(name).filter(|_| caller.may_use(name));
        let Some(namespace) = namespace else {
            return Err(Refusal::Asked(format!(
                "user {:?} has no access to namespace {name:?}, or there is no such namespace",
                caller.user
            )));
        };
        if !self.installation.owns(&namespace.metadata) {
            return Err(Refusal::Asked(format!(
                "namespace {name:?} does not belong to the pgo installation {:?}: label it, or use one that does",
                self.installation.name
            )));
        }
        let will_be_heard_of = matches!(self.scope, Scope::Labelled(_)) || self.scope.includes(name);
        if !will_be_heard_of {
            return Err(Refusal::Asked(format!(
                "namespace {name:?} is not watched by this pgo installation"
            )));
        }
        // Until then, what exists may seem not to.
        if !self.scope.includes(name) || !self.kube.caches.heard_of(name) {
            return Err(Refusal::Asked(format!(
                "not everything in namespace {name:?} has been heard of yet: try again in a moment; if that lasts, \
                 look whether the API server has its rights there"
            )));
        }
        Ok(())
    }

    /// Looks for an answer, and again whenever there is news of namespaces or the operator's own, until there is one.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        // Listened to from before the first look, so that no news is missed.
        let (mut office, mut scope) = (self.office.news(), self.scope.news());
        loop {
            if let Some(answer) = look() {
                return answer;
            }
            tokio::select! {
                () = news(&mut office) => {}
                () = news(&mut scope) => {}
            }
        }
    }

    /// The cluster of this name, or the sentence that there is none.
    pub(crate) fn cluster(&self, namespace: &str, name: &str) -> Result<Arc<Pgcluster>, Refusal> {
        let found = self.kube.caches.clusters.get(namespace, name);
        found.ok_or_else(|| match self.kube.caches.clusters.broken(namespace, name) {
            Some(broken) => Refusal::Asked(format!(
                "cluster {name:?} cannot be read ({}): correct it with kubectl edit pgcluster {name}",
                broken.error
            )),
            // Scripts look for the first words.
            None => Refusal::Asked(format!(
                "{} was not found, verify cluster name: there is none in namespace {namespace:?}",
                name.escape_debug()
            )),
        })
    }
}

/// Waits for news; where nobody tells any more, there never will be any.
pub(crate) async fn news<T>(from: &mut Receiver<T>) {
    if from.changed().await.is_err() {
        pending::<()>().await;
    }
}

/// Everything that is wrong with a request, in one sentence a line.
pub(crate) fn wrong(complaints: &[Complaint]) -> Refusal {
    Refusal::Asked(joined(complaints))
}

#[cfg(test)]
mod tests;
