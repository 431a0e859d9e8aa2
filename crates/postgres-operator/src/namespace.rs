//! The namespaces of this installation: those that `NAMESPACE` names are made or taken in at the start, and every one
//! that carries our labels is given the accounts and rights that clusters need in it, from when it carries them.
//!
//! A namespace whose annotation says that it has been given just these rights costs no request. Whoever removes the
//! annotation, as `pgo update namespace` does, has them given again.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt as _};
use pgo_kube::{Error, Kube, chain};
use pgo_plan::desired::namespace::Installation;
use pgo_plan::labels;
use serde_json::json;
use tracing::{debug, error, info, warn};

/// How long to wait before a namespace that could not be given its rights is tried again.
const AGAIN: Duration = Duration::from_secs(15);
/// The account whose Secrets for pulling images every namespace gets.
const ACCOUNT: &str = "postgres-operator";

/// A list of namespaces that cannot be meant so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongList {
    /// Two commas in a row, or one at an end.
    #[error("NAMESPACE has an empty element: remove the stray comma")]
    EmptyElement,
    /// A name that Kubernetes does not take.
    #[error(
        "NAMESPACE: {0:?} cannot be the name of a namespace: use lower-case letters, digits and \"-\", a letter first"
    )]
    NoName(String),
}

/// Reads `NAMESPACE`: names, separated by commas; none if it is empty.
pub(crate) fn listed(list: &str) -> Result<Vec<String>, WrongList> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    let name = |name: &str| match name.trim() {
        "" => Err(WrongList::EmptyElement),
        name if pgo_plan::names::is_dns_label(name) => Ok(name.to_owned()),
        name => Err(WrongList::NoName(name.to_owned())),
    };
    list.split(',').map(name).collect()
}

/// Takes in what is listed, and gives every namespace of ours its rights for as long as we may.
pub(crate) async fn look_after(kube: &Kube, ours: &Installation, listed: &[String]) {
    take_in(kube, ours, listed).await;
    let namespaces: Api<PartialObjectMeta<Namespace>> = Api::all(kube.client().clone());
    let config = watcher::Config::default().labels(&ours.selector());
    tend(kube, ours, watcher::watcher(namespaces, config).default_backoff()).await;
}

/// Makes or takes in the namespaces that `NAMESPACE` names. One that cannot be, or is another installation's, is left
/// alone and logged: the others must work.
async fn take_in(kube: &Kube, ours: &Installation, names: &[String]) {
    for name in names {
        if let Err(error) = take_in_one(kube, ours, name).await {
            error!(
                namespace = name,
                error = chain(&error),
                "a namespace cannot be taken in"
            );
        }
    }
}

async fn take_in_one(kube: &Kube, ours: &Installation, name: &str) -> Result<(), Error> {
    let Some(found) = kube.find_namespace(name).await? else {
        return match kube
            .create_namespace(&ours.namespace(name, "operator-bootstrap"))
            .await
        {
            Err(error) if error.is_already_exists() => Ok(()),
            answer => answer.map(|_| info!(namespace = name, "a namespace was made")),
        };
    };
    if ours.owns(&found.metadata) {
        return Ok(());
    }
    match Installation::owner(&found.metadata) {
        Some(owner) if owner != ours.name => {
            error!(
                namespace = name,
                owner, "a namespace belongs to another installation and is left alone"
            );
            Ok(())
        }
        _ => {
            kube.mark_namespace(&found, &json!({ "labels": ours.labels() }))
                .await?;
            info!(namespace = name, "a namespace was taken in");
            Ok(())
        }
    }
}

type Seen = watcher::Result<Event<PartialObjectMeta<Namespace>>>;

/// Gives each namespace that comes or changes its rights, and tries again where that failed.
async fn tend(kube: &Kube, ours: &Installation, seen: impl Stream<Item = Seen>) {
    let mut seen = pin!(seen);
    let mut waiting = BTreeSet::new();
    loop {
        let event = match tokio::time::timeout(AGAIN, seen.next()).await {
            Ok(None) => return,
            Ok(Some(event)) => event,
            Err(_) => {
                for name in std::mem::take(&mut waiting) {
                    try_again(kube, ours, name, &mut waiting).await;
                }
                continue;
            }
        };
        match event {
            Ok(Event::Apply(namespace) | Event::InitApply(namespace)) => {
                let name = namespace.name_any();
                if !lacks_rights(ours, &namespace) {
                    continue;
                }
                match grant(kube, ours, &name).await {
                    Ok(()) => info!(namespace = name, "a namespace has its accounts and rights"),
                    Err(error) => {
                        warn!(
                            namespace = name,
                            error = chain(&error),
                            "a namespace cannot be given its accounts and rights; it is tried again"
                        );
                        waiting.insert(name);
                    }
                }
            }
            Ok(Event::Delete(namespace)) => drop(waiting.remove(&namespace.name_any())),
            Ok(Event::Init | Event::InitDone) => {}
            Err(error) => debug!(error = chain(&error), "the watch of namespaces failed"),
        }
    }
}

/// The annotation is only as good as the labels: a copy of a namespace's manifest carries another's digest.
fn lacks_rights(ours: &Installation, namespace: &PartialObjectMeta<Namespace>) -> bool {
    let given = namespace.annotations().get(labels::RIGHTS);
    let ending = namespace.metadata.deletion_timestamp.is_some();
    !ending && given.is_none_or(|digest| *digest != ours.rights(&namespace.name_any(), &[]).digest())
}

async fn try_again(kube: &Kube, ours: &Installation, name: String, waiting: &mut BTreeSet<String>) {
    let still_ours = match kube.find_namespace(&name).await {
        Ok(found) => {
            found.is_some_and(|it| ours.owns(&it.metadata) && it.metadata.deletion_timestamp.is_none())
        }
        Err(_) => true,
    };
    if !still_ours {
        return;
    }
    match grant(kube, ours, &name).await {
        Ok(()) => info!(
            namespace = name,
            "a namespace has its accounts and rights at last"
        ),
        Err(error) => {
            // That it failed was said; it may be meant so, where an administrator prepares namespaces.
            debug!(
                namespace = name,
                error = chain(&error),
                "a namespace still has no rights"
            );
            waiting.insert(name);
        }
    }
}

/// Gives one namespace its accounts and rights, and remembers there that it did.
async fn grant(kube: &Kube, ours: &Installation, name: &str) -> Result<(), Error> {
    let pull_secrets = kube.pull_secrets(&ours.namespace, ACCOUNT).await?;
    kube.grant(&ours.rights(name, &pull_secrets)).await?;
    for secret in &pull_secrets {
        kube.copy_secret(secret, &ours.namespace, name).await?;
    }
    let Some(namespace) = kube.find_namespace(name).await? else {
        return Ok(());
    };
    let digest = ours.rights(name, &[]).digest();
    let annotation = json!({ "annotations": { (labels::RIGHTS): digest } });
    match kube.mark_namespace(&namespace, &annotation).await {
        // Whoever changed it has caused another look at it.
        Err(error) if error.is_conflict() || error.is_not_found() => Ok(()),
        answer => answer.map(drop),
    }
}

#[cfg(test)]
mod tests;
