//! One namespace as a whole: made, marked as ours, given its accounts and rights, deleted.
//!
//! Accounts and rights are applied in place: an account that is deleted and made anew would leave every pod that runs
//! under it with a token that means nothing, Patroni's among them.

use std::fmt::Debug;

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::{Namespace, Secret, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Api, Resource};
use pgo_plan::desired::namespace::Rights;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::{Kube, MANAGER, asked, place};
use crate::error::{Error, ObjectName, Verb};

impl Kube {
    /// Reads a namespace from the server, if it exists.
    pub async fn find_namespace(&self, name: &str) -> Result<Option<Namespace>, Error> {
        let object = ObjectName::of::<Namespace>("", name);
        asked(Verb::Get, object, self.namespaces().get_opt(name)).await
    }

    /// Creates a namespace; one of the same name is an error (see [`Error::is_already_exists`]).
    pub async fn create_namespace(&self, namespace: &Namespace) -> Result<Namespace, Error> {
        let (_, name) = place(namespace);
        let how = PostParams {
            field_manager: Some(MANAGER.into()),
            ..PostParams::default()
        };
        let object = ObjectName::of::<Namespace>("", &name);
        asked(Verb::Create, object, self.namespaces().create(&how, namespace)).await
    }

    /// Merges a JSON patch into the very namespace that was looked at, unless it has changed since: that is a conflict.
    pub async fn mark_namespace(&self, seen: &Namespace, metadata: &Value) -> Result<Namespace, Error> {
        let (_, name) = place(seen);
        let mut patch = json!({ "metadata": metadata });
        patch["metadata"]["uid"] = json!(seen.metadata.uid);
        patch["metadata"]["resourceVersion"] = json!(seen.metadata.resource_version);
        let how = PatchParams {
            field_manager: Some(MANAGER.into()),
            ..PatchParams::default()
        };
        let object = ObjectName::of::<Namespace>("", &name);
        let api = self.namespaces();
        asked(Verb::Patch, object, api.patch(&name, &how, &Patch::Merge(&patch))).await
    }

    /// Deletes the very namespace that was looked at, with everything in it, unless it has changed since: that is a
    /// conflict. It may be another's by now.
    pub async fn delete_namespace(&self, seen: &Namespace) -> Result<(), Error> {
        let (_, name) = place(seen);
        let how = DeleteParams {
            preconditions: Some(Preconditions {
                uid: seen.metadata.uid.clone(),
                resource_version: seen.metadata.resource_version.clone(),
            }),
            ..DeleteParams::default()
        };
        let object = ObjectName::of::<Namespace>("", &name);
        match asked(Verb::Delete, object, self.namespaces().delete(&name, &how)).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Makes accounts, roles and bindings what they should be. What others have added to them stays.
    pub async fn grant(&self, rights: &Rights) -> Result<(), Error> {
        let Rights {
            accounts,
            roles,
            bindings,
        } = rights;
        try_join_all(accounts.iter().map(|account| self.apply_any(account))).await?;
        // A binding to a role that does not exist is allowed, but grants nothing until it does.
        try_join_all(roles.iter().map(|role| self.apply_any(role))).await?;
        try_join_all(bindings.iter().map(|binding| self.apply_any(binding))).await?;
        Ok(())
    }

    /// Names the Secrets with which an account pulls images; none if there is no such account.
    pub async fn pull_secrets(&self, namespace: &str, account: &str) -> Result<Vec<String>, Error> {
        let account = self.find::<ServiceAccount>(namespace, account).await?;
        let secrets = account.and_then(|account| account.image_pull_secrets);
        Ok(secrets.into_iter().flatten().map(|secret| secret.name).collect())
    }

    /// Copies a Secret into another namespace. One that is there and differs is replaced; one that is somebody else's
    /// stays as it is.
    pub async fn copy_secret(&self, name: &str, from: &str, to: &str) -> Result<(), Error> {
        const COPIED: &str = "crunchydata.com/copied-from";
        let source = self.get::<Secret>(from, name).await?;
        let copy = Secret {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace: Some(to.to_owned()),
                labels: Some([("vendor".to_owned(), "crunchydata".to_owned())].into()),
                annotations: Some([(COPIED.to_owned(), from.to_owned())].into()),
                ..ObjectMeta::default()
            },
            data: source.data,
            type_: source.type_,
            ..Secret::default()
        };
        if let Some(there) = self.find::<Secret>(to, name).await? {
            let ours = there
                .metadata
                .annotations
                .as_ref()
                .is_some_and(|them| them.contains_key(COPIED));
            if !ours || (there.data == copy.data && there.type_ == copy.type_) {
                return Ok(());
            }
            // We may not change Secrets, and the type of one never changes.
            self.delete::<Secret>(to, name, there.metadata.uid.as_deref())
                .await?;
        }
        self.create(&copy).await.map(drop)
    }

    async fn apply_any<K>(&self, wanted: &K) -> Result<(), Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
        K: Clone + Debug + Serialize + DeserializeOwned,
    {
        let (namespace, name) = place(wanted);
        let object = ObjectName::of::<K>(&namespace, &name);
        let api: Api<K> = Api::namespaced(self.client.clone(), &namespace);
        let how = PatchParams::apply(MANAGER).force();
        asked(Verb::Apply, object, api.patch(&name, &how, &Patch::Apply(wanted)))
            .await
            .map(drop)
    }

    fn namespaces(&self) -> Api<Namespace> {
        global(self.client.clone())
    }
}

fn global<K>(client: kube::Client) -> Api<K>
where
    K: Resource<DynamicType = (), Scope = ClusterResourceScope>,
{
    Api::all(client)
}

#[cfg(test)]
mod tests {
    use pgo_plan::desired::namespace::Installation;

    use super::*;
    use crate::testing::Server;

    fn ours() -> Installation {
        Installation {
            name: "devtest".into(),
            namespace: "pgo".into(),
        }
    }

    #[tokio::test]
    async fn rights_are_applied_in_their_order_and_nothing_is_deleted() {
        let server = Server::default();
        let kube = server.kube().await;
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "pgo-pg", "namespace": "ns", "uid": "old", "labels": {"mine": "yes"}},
        });
        server.put(&account);
        for _ in 0..2 {
            kube.grant(&ours().rights("ns", &[])).await.unwrap();
        }
        let calls = server.take_calls();
        assert_eq!(calls.len(), 20, "{calls:?}");
        assert!(calls.iter().all(|call| call.verb == "APPLY"), "{calls:?}");
        let kinds: Vec<_> = calls[..10]
            .iter()
            .map(|call| call.target.split('/').next().unwrap())
            .collect();
        assert!(kinds.is_sorted_by_key(|kind| {
            ["serviceaccounts", "roles", "rolebindings"]
                .iter()
                .position(|it| it == kind)
        }));
        let kept = server
            .object("api/v1/namespaces/ns/serviceaccounts/pgo-pg")
            .unwrap();
        assert_eq!(
            (&kept["metadata"]["uid"], &kept["metadata"]["labels"]["mine"]),
            (&json!("old"), &json!("yes"))
        );
    }

    #[tokio::test]
    async fn a_namespace_that_has_changed_since_is_neither_marked_nor_deleted() {
        let server = Server::default();
        let kube = server.kube().await;
        let seen = kube
            .create_namespace(&ours().namespace("ns", "pgoadmin"))
            .await
            .unwrap();
        let marked = kube
            .mark_namespace(&seen, &json!({"labels": {"a": "b"}}))
            .await
            .unwrap();
        assert_eq!(marked.metadata.labels.as_ref().unwrap()["a"], "b");
        assert!(
            kube.mark_namespace(&seen, &json!({"labels": {"a": "c"}}))
                .await
                .unwrap_err()
                .is_conflict()
        );
        assert!(kube.delete_namespace(&seen).await.unwrap_err().is_conflict());
        kube.delete_namespace(&marked).await.unwrap();
        assert!(kube.find_namespace("ns").await.unwrap().is_none());
        kube.delete_namespace(&marked).await.unwrap();
    }

    #[tokio::test]
    async fn pull_secrets_are_copied_and_follow_their_source_but_take_nobodys_place() {
        let server = Server::default();
        let kube = server.kube().await;
        let secret = |namespace: &str, data: &str| {
            json!({
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
                "metadata": {"name": "registry", "namespace": namespace}, "data": {".dockerconfigjson": data},
            })
        };
        server.put(&secret("pgo", "b25l"));
        server.put(&json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "postgres-operator", "namespace": "pgo"},
            "imagePullSecrets": [{"name": "registry"}],
        }));
        assert_eq!(
            kube.pull_secrets("pgo", "postgres-operator").await.unwrap(),
            ["registry"]
        );
        assert!(kube.pull_secrets("pgo", "absent").await.unwrap().is_empty());

        let copied = || {
            server.object("api/v1/namespaces/ns/secrets/registry").unwrap()["data"][".dockerconfigjson"]
                .clone()
        };
        kube.copy_secret("registry", "pgo", "ns").await.unwrap();
        assert_eq!(copied(), "b25l");
        server.put(&secret("pgo", "dHdv"));
        kube.copy_secret("registry", "pgo", "ns").await.unwrap();
        assert_eq!(copied(), "dHdv");
        server.take_writes();
        kube.copy_secret("registry", "pgo", "ns").await.unwrap();
        assert!(server.take_writes().is_empty());

        server.put(&secret("theirs", "dGhlaXJz"));
        kube.copy_secret("registry", "pgo", "theirs").await.unwrap();
        assert!(server.take_writes().is_empty());
    }
}
