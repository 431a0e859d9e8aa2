//! Single requests: each knows which object it was about, has a deadline, and its answer enters the caches at once.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy};
use kube::core::Selector;
use kube::{Api, Client, Resource};
use pgo_plan::plan::Exactly;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cache::Caches;
use crate::error::{Error, ObjectName, Verb};
use crate::kind::Kept;

/// The one field manager of everything that pgo writes.
pub(crate) const MANAGER: &str = "postgres-operator";
/// No single request takes longer on a server that is well.
const DEADLINE: Duration = Duration::from_secs(15);

/// Hands on one Kubernetes API server: a client and the caches that it feeds.
#[derive(Clone)]
pub struct Kube {
    pub(crate) client: Client,
    /// Who tells events: our pod.
    pub(crate) instance: String,
    /// What the server holds, as far as we have heard.
    pub caches: Caches,
}

impl Kube {
    /// Puts a client and its caches together.
    pub fn new(client: Client, caches: Caches) -> Self {
        let instance = std::env::var("HOSTNAME").unwrap_or_else(|_| MANAGER.to_owned());
        Self {
            client,
            instance,
            caches,
        }
    }

    /// The client, for the rare request that has no verb here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads one object from the server.
    pub async fn get<K: Readable>(&self, namespace: &str, name: &str) -> Result<K, Error> {
        let object = ObjectName::of::<K>(namespace, name);
        asked(Verb::Get, object, self.api::<K>(namespace).get(name)).await
    }

    /// Reads one object from the server, if it exists.
    pub async fn find<K: Readable>(&self, namespace: &str, name: &str) -> Result<Option<K>, Error> {
        match self.get(namespace, name).await {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Reads the metadata of one object from the server, if it exists.
    pub(crate) async fn find_meta<K: Readable>(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<ObjectMeta>, Error> {
        let object = ObjectName::of::<K>(namespace, name);
        let api = self.api::<K>(namespace);
        Ok(asked(Verb::Get, object, api.get_metadata_opt(name))
            .await?
            .map(|it| it.metadata))
    }

    /// Lists objects from the server, not from the caches.
    pub async fn list<K: Readable>(&self, namespace: &str, selector: &Selector) -> Result<Vec<K>, Error> {
        let object = ObjectName::of::<K>(namespace, "");
        let chosen = ListParams::default().labels_from(selector);
        Ok(asked(Verb::List, object, self.api::<K>(namespace).list(&chosen))
            .await?
            .items)
    }

    /// Lists objects that live in no namespace, such as nodes.
    pub async fn list_global<K>(&self, selector: &Selector) -> Result<Vec<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = ClusterResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let object = ObjectName::of::<K>("", "");
        let chosen = ListParams::default().labels_from(selector);
        let api: Api<K> = Api::all(self.client.clone());
        Ok(asked(Verb::List, object, api.list(&chosen)).await?.items)
    }

    /// Creates an object; one of the same name is an error (see [`Error::is_already_exists`]).
    pub async fn create<K: Kept>(&self, object: &K) -> Result<K, Error> {
        let (namespace, name) = place(object);
        let named = ObjectName::of::<K>(&namespace, &name);
        let how = PostParams {
            field_manager: Some(MANAGER.into()),
            ..PostParams::default()
        };
        let request = async { self.api::<K>(&namespace).create(&how, object).await };
        self.noted(asked(Verb::Create, named, request)).await
    }

    /// Merges a JSON patch (RFC 7386) into an object. Put `metadata.uid` or `metadata.resourceVersion` into it to
    /// make it conditional.
    pub async fn merge<K: Kept>(&self, namespace: &str, name: &str, patch: &Value) -> Result<K, Error> {
        let how = PatchParams {
            field_manager: Some(MANAGER.into()),
            ..PatchParams::default()
        };
        self.patch(namespace, name, &how, &Patch::Merge(patch), Verb::Patch)
            .await
    }

    /// Makes the fields of `wanted` ours and equal to it, by server-side apply.
    pub(crate) async fn apply_value<K: Kept>(
        &self,
        namespace: &str,
        name: &str,
        wanted: &Value,
    ) -> Result<K, Error> {
        let how = PatchParams::apply(MANAGER).force();
        self.patch(namespace, name, &how, &Patch::Apply(wanted), Verb::Apply)
            .await
    }

    async fn patch<K: Kept>(
        &self,
        namespace: &str,
        name: &str,
        how: &PatchParams,
        patch: &Patch<&Value>,
        verb: Verb,
    ) -> Result<K, Error> {
        let object = ObjectName::of::<K>(namespace, name);
        let request = async { self.api::<K>(namespace).patch(name, how, patch).await };
        self.noted(asked(verb, object, request)).await
    }

    /// Applies the status of an object whose kind has the status subresource.
    pub(crate) async fn apply_status<K: Kept>(
        &self,
        namespace: &str,
        name: &str,
        wanted: &Value,
    ) -> Result<K, Error> {
        let object = ObjectName::of::<K>(namespace, name);
        let how = PatchParams::apply(MANAGER).force();
        let request = async {
            self.api::<K>(namespace)
                .patch_status(name, &how, &Patch::Apply(wanted))
                .await
        };
        self.noted(asked(Verb::Apply, object, request)).await
    }

    /// Deletes the object with this uid (or, without one, whichever has the name). One that is gone, or whose
    /// name belongs to another object by now, counts as deleted.
    pub async fn delete<K: Kept>(&self, namespace: &str, name: &str, uid: Option<&str>) -> Result<(), Error> {
        self.delete_if::<K>(namespace, name, uid, None).await
    }

    /// Deletes the object that was seen. As [`Self::delete`]; but one that must not have changed since, and has, is an
    /// error, because whoever decided has to look again.
    pub(crate) async fn delete_as_seen<K: Kept>(
        &self,
        namespace: &str,
        object: &Exactly,
    ) -> Result<(), Error> {
        let (uid, version) = (object.uid.as_deref(), object.version.as_deref());
        self.delete_if::<K>(namespace, &object.name, uid, version).await
    }

    async fn delete_if<K: Kept>(
        &self,
        namespace: &str,
        name: &str,
        uid: Option<&str>,
        version: Option<&str>,
    ) -> Result<(), Error> {
        let object = ObjectName::of::<K>(namespace, name);
        let how = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: uid.map(|uid| Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: version.map(str::to_owned),
            }),
            ..DeleteParams::default()
        };
        let ticket = K::store(&self.caches).ticket();
        match asked(Verb::Delete, object, self.api::<K>(namespace).delete(name, &how)).await {
            Ok(answer) => {
                // Some kinds answer with the object as it was, although it is gone.
                match answer
                    .left()
                    .filter(|dying| dying.meta().deletion_timestamp.is_some())
                {
                    Some(dying) => K::store(&self.caches).wrote(ticket, dying.into_memory()),
                    None => uid
                        .into_iter()
                        .for_each(|uid| K::store(&self.caches).deleted(namespace, name, uid)),
                }
                Ok(())
            }
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) if uid.is_some() && version.is_none() && error.is_conflict() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Lets the caches know the server's answer to a write, so that whoever looks next sees it.
    async fn noted<K: Kept>(&self, request: impl Future<Output = Result<K, Error>>) -> Result<K, Error> {
        let store = K::store(&self.caches);
        let ticket = store.ticket();
        let written = request.await?;
        store.wrote(ticket, written.clone().into_memory());
        Ok(written)
    }

    fn api<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(&self, namespace: &str) -> Api<K> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

/// A namespaced kind that can be read.
pub trait Readable:
    Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Send
{
}

impl<K> Readable for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Send
{
}

pub(crate) async fn asked<T>(
    verb: Verb,
    object: ObjectName,
    request: impl Future<Output = kube::Result<T>>,
) -> Result<T, Error> {
    match tokio::time::timeout(DEADLINE, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(source)) => Err(Error::Call {
            verb,
            object,
            source: Box::new(source),
        }),
        Err(_elapsed) => Err(Error::TooSlow { verb, object }),
    }
}

pub(crate) fn place<K: Resource>(object: &K) -> (String, String) {
    let meta = object.meta();
    (
        meta.namespace.clone().unwrap_or_default(),
        meta.name.clone().unwrap_or_default(),
    )
}
