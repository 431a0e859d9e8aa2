//! Everything that exists in a namespace, of whatever kind the server knows: what was forgotten shows up.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::{ApiResource, DynamicObject, ListParams};
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Api, Client, ResourceExt as _};

/// Objects as `Kind/name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory(BTreeSet<String>);

impl Inventory {
    /// Lists a namespace.
    pub async fn of(client: &Client, namespace: &str) -> Result<Self> {
        let kinds = namespaced_kinds(client).await?;
        let names = stream::iter(kinds)
            .map(|kind| async move {
                let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &kind);
                let list = api.list_metadata(&ListParams::default()).await;
                let list = list.with_context(|| format!("{} cannot be listed", kind.plural))?;
                let names = list
                    .items
                    .iter()
                    .map(|object| format!("{}/{}", kind.kind, object.name_any()));
                anyhow::Ok(names.collect::<Vec<_>>())
            })
            .buffer_unordered(8);
        let all: Vec<Vec<String>> = names.try_collect().await?;
        Ok(Self(all.into_iter().flatten().collect()))
    }

    /// What is here and was not there.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self(self.0.difference(&before.0).cloned().collect())
    }

    /// Names of one kind.
    pub fn of_kind(&self, kind: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter_map(|object| object.strip_prefix(kind)?.strip_prefix('/'))
            .collect()
    }

    /// Whether nothing is here.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The objects in order.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> FromIterator<&'a str> for Inventory {
    fn from_iter<I: IntoIterator<Item = &'a str>>(objects: I) -> Self {
        Self(objects.into_iter().map(str::to_owned).collect())
    }
}

/// Every object of a namespace with its kind, events excepted.
pub async fn everything(client: &Client, namespace: &str) -> Result<Vec<(ApiResource, DynamicObject)>> {
    let mut objects = Vec::new();
    for kind in namespaced_kinds(client).await? {
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &kind);
        let list = api.list(&ListParams::default()).await;
        let list = list.with_context(|| format!("{} cannot be listed", kind.plural))?;
        objects.extend(list.items.into_iter().map(|object| (kind.clone(), object)));
    }
    Ok(objects)
}

/// Every kind that can be listed, but for events, which are a diary and not a thing.
async fn namespaced_kinds(client: &Client) -> Result<Vec<ApiResource>> {
    let discovery = Discovery::new(client.clone())
        .run()
        .await
        .context("the server does not say its kinds")?;
    let kinds = discovery
        .groups()
        .flat_map(kube::discovery::ApiGroup::recommended_resources);
    Ok(kinds
        .filter(|(kind, can)| {
            can.scope == Scope::Namespaced && can.supports_operation(verbs::LIST) && kind.kind != "Event"
        })
        .map(|(kind, _)| kind)
        .collect())
}
