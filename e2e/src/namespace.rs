//! A watched namespace of one test's own.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{Namespace as NamespaceObject, PersistentVolume};
use kube::api::{DeleteParams, ListParams};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt as _};
use pgo_crd::Pgcluster;

use crate::environment::checkout;
use crate::wait::{seconds, until, until_all};
use crate::{Environment, Inventory, Pgo};

/// A namespace that belongs to the installation under test, with the accounts and rights of `deploy/watched`.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// Its name, `e2e-<test>-<random>`.
    pub name: String,
}

impl Namespace {
    /// Makes the namespace as an administrator would: with an overlay of `deploy/watched`.
    pub async fn create(environment: &'static Environment, client: &Client, test: &str) -> Result<Self> {
        let random = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("e2e-{test}-{}", &random[..5]);
        let installation = installation(client).await?;
        let overlay = format!(
            "namespace: {name}\nresources: [../../deploy/watched]\npatches:\n- target: {{kind: Namespace}}\n  \
             patch: |-\n    - {{op: replace, path: /metadata/labels/pgo-installation-name, value: {installation}}}\n"
        );
        // An overlay names its base by a relative path, so it has to lie at a known place in the checkout.
        let target = checkout().join("target");
        std::fs::create_dir_all(&target)?;
        let folder = tempfile::Builder::new().prefix("e2e-").tempdir_in(&target)?;
        std::fs::write(folder.path().join("kustomization.yaml"), overlay)?;
        let output = environment
            .command("kubectl")?
            // The operator writes the same objects as soon as the namespace carries its labels: the server merges.
            .args(["apply", "--server-side", "--force-conflicts", "--kustomize"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .output()
            .await
            .context("kubectl cannot be started")?;
        ensure!(
            output.status.success(),
            "the namespace {name} cannot be made: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let namespace = Self { name };
        namespace.served(environment).await?;
        Ok(namespace)
    }

    /// Waits until the API server has taken notice of the namespace; only an answer of its own says so.
    async fn served(&self, environment: &'static Environment) -> Result<()> {
        let pgo = Pgo::new(environment, &self.name);
        let asking = async {
            let mut tries = tokio::time::interval(Duration::from_millis(200));
            loop {
                tries.tick().await;
                let answer = pgo.run(&["status"]).await?;
                if answer.code == 0 {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(seconds(60), asking)
            .await
            .with_context(|| format!("the API server does not serve the namespace {}", self.name))?
    }

    /// Removes the namespace and demands that nothing of it is left anywhere.
    pub async fn remove(self, client: &Client) -> Result<()> {
        // Clusters first: their finalizers need the operator, whose rights here go with the namespace.
        let clusters: Api<Pgcluster> = Api::namespaced(client.clone(), &self.name);
        // One by one: to delete a thousand in one request takes longer than Kubernetes lets a request take.
        for cluster in clusters.list_metadata(&ListParams::default()).await? {
            match clusters
                .delete(&cluster.name_any(), &DeleteParams::default())
                .await
            {
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                deleted => drop(deleted?),
            }
        }
        let gone = "every Pgcluster is gone";
        until_all(
            clusters,
            watcher::Config::default(),
            seconds(600),
            gone,
            BTreeMap::is_empty,
        )
        .await?;
        let volumes = self.volumes(client).await?;
        let namespaces: Api<NamespaceObject> = Api::all(client.clone());
        namespaces.delete(&self.name, &DeleteParams::default()).await?;
        let gone = format!("the namespace {} is gone", self.name);
        until(&namespaces, &self.name, seconds(240), &gone, |it| it.is_none()).await?;
        let all: Api<PersistentVolume> = Api::all(client.clone());
        for volume in volumes {
            let gone = format!("the volume {volume} is gone");
            until(&all, &volume, seconds(60), &gone, |it| it.is_none()).await?;
        }
        self.left_elsewhere(client).await
    }

    async fn volumes(&self, client: &Client) -> Result<Vec<String>> {
        let all: Api<PersistentVolume> = Api::all(client.clone());
        let ours = |volume: &PersistentVolume| {
            let claim = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
            claim.and_then(|claim| claim.namespace.as_deref()) == Some(self.name.as_str())
        };
        let list = all.list(&ListParams::default()).await?;
        Ok(list
            .items
            .iter()
            .filter(|volume| ours(volume))
            .map(kube::ResourceExt::name_any)
            .collect())
    }

    /// The doors' own namespace is where something could be forgotten.
    async fn left_elsewhere(&self, client: &Client) -> Result<()> {
        let doors = Inventory::of(client, "pgo").await?;
        let left: Vec<_> = doors
            .objects()
            .filter(|object| object.contains(&self.name))
            .collect();
        ensure!(left.is_empty(), "left in the operator's namespace: {left:?}");
        Ok(())
    }
}

/// The name of the installation under test, as its first watched namespace carries it.
async fn installation(client: &Client) -> Result<String> {
    let namespaces: Api<NamespaceObject> = Api::all(client.clone());
    let watched = namespaces
        .get("pgouser1")
        .await
        .context("pgo is not installed, run `make up` first")?;
    let label = watched.labels().get("pgo-installation-name").cloned();
    label.context("the namespace pgouser1 does not say which installation it belongs to")
}
