//! One object by name, as it comes, changes and goes.

use std::fmt::Debug;

use futures::{Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::watch_object;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tracing::debug;

use crate::error::chain;

/// Follows one object: what it is now, and then every change; none while it does not exist. Endless.
pub fn follow<K>(
    client: &Client,
    namespace: &str,
    name: &str,
) -> impl Stream<Item = Option<K>> + Send + use<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    K: Clone + Debug + DeserializeOwned + Send + 'static,
{
    let name = name.to_owned();
    let seen = watch_object(Api::<K>::namespaced(client.clone(), namespace), &name).default_backoff();
    seen.filter_map(move |seen| {
        if let Err(error) = &seen {
            debug!(kind = %K::kind(&()), name, error = chain(error), "an object cannot be watched");
        }
        std::future::ready(seen.ok())
    })
}
