//! One test's world: opened, given a namespace, and left as it was found.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use futures::FutureExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};

use crate::{Account, Bed, Cluster, Environment, Inventory, Namespace, Pgo, Run, Turn, seconds};

/// No test may take longer.
const LIMIT: Duration = seconds(600);
/// How long Kubernetes' garbage collector may take.
const SWEPT: Duration = seconds(30);

/// The Kubernetes and the installation under test.
#[derive(Clone)]
pub struct World {
    pub environment: &'static Environment,
    pub client: Client,
}

/// A namespace of a test's own in the world.
pub struct Scene {
    pub world: World,
    pub namespace: String,
}

/// How a test ends: well, or with everything that may say why not.
pub type Outcome = Result<(), Failed>;

/// What is printed of a failed test, as it stands: whoever reads it looks for a cause, not for lines of this crate.
pub struct Failed(String);

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// Plays a test in a namespace of its own, beside other tests.
pub async fn scene(test: &str, body: impl AsyncFnOnce(&Scene) -> Result<()>) -> Outcome {
    play(test, Turn::beside_others().await?, body).await
}

/// Plays a test in a namespace of its own while no other runs, because it breaks what all need.
pub async fn scene_alone(test: &str, body: impl AsyncFnOnce(&Scene) -> Result<()>) -> Outcome {
    play(test, Turn::alone().await?, body).await
}

async fn play(test: &str, turn: Turn, body: impl AsyncFnOnce(&Scene) -> Result<()>) -> Outcome {
    let world = World::open().await?;
    let namespace = Namespace::create(world.environment, &world.client, test).await?;
    let scene = Scene {
        world,
        namespace: namespace.name.clone(),
    };
    let running = tokio::time::timeout(LIMIT, AssertUnwindSafe(body(&scene)).catch_unwind());
    let outcome = match running.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(words_of(panic.as_ref())),
        Err(_) => Err(anyhow!("the test did not end within {LIMIT:?}")),
    };
    let client = &scene.world.client;
    let account = match &outcome {
        Ok(()) => None,
        Err(_) => Some(Account::of(client, &scene.namespace).await),
    };
    let kept = outcome.is_err() && std::env::var_os("E2E_KEEP").is_some();
    let removed = if kept {
        Ok(())
    } else {
        namespace.remove(client).await
    };
    drop(turn);
    if let (Err(error), Some(account)) = (outcome, account) {
        return Err(Failed(format!("{error:#}\n\n{account}")));
    }
    Ok(removed.with_context(|| format!("{test} passed, but left something behind"))?)
}

/// A failed assertion is a failure as any other: the namespace still has to go.
fn words_of(panic: &(dyn std::any::Any + Send)) -> Error {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    anyhow!(
        "{}",
        words
            .or_else(|| panic.downcast_ref().copied())
            .unwrap_or("it panicked")
    )
}

impl World {
    /// Finds the world and connects to it.
    pub async fn open() -> Result<Self> {
        let environment = Environment::find()?;
        let path = environment.kubeconfig();
        let config = Kubeconfig::read_from(&path)
            .with_context(|| format!("KUBECONFIG names {}, which cannot be used", path.display()))?;
        let mut config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        config.connect_timeout = Some(seconds(5));
        let client = Client::try_from(config)?;
        client
            .apiserver_version()
            .await
            .context("Kubernetes does not answer, run `make up` first")?;
        Ok(Self { environment, client })
    }

    /// The faults of the test bed.
    pub async fn bed(&self) -> Result<Bed> {
        Bed::find(self.environment).await
    }

    /// The command line of a user who works in `namespace`.
    pub fn pgo(&self, namespace: &str) -> Pgo {
        Pgo::new(self.environment, namespace)
    }

    /// One value of the installation's `pgo.yaml`, wherever it stands there.
    pub async fn setting(&self, name: &str) -> Result<String> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), "pgo");
        let data = maps
            .get("pgo-config")
            .await
            .context("pgo is not installed, run `make up` first")?
            .data;
        let text = data
            .and_then(|mut data| data.remove("pgo.yaml"))
            .context("pgo-config has no pgo.yaml")?;
        let lines = text.lines().filter_map(|line| line.trim().split_once(':'));
        let value = lines
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        value
            .map(str::to_owned)
            .next()
            .with_context(|| format!("pgo.yaml does not set {name}"))
    }

    /// The image of PostgreSQL that the installation uses.
    pub async fn database_image(&self) -> Result<String> {
        let (prefix, tag) = (
            self.setting("CCPImagePrefix").await?,
            self.setting("CCPImageTag").await?,
        );
        Ok(format!("{prefix}/crunchy-postgres-ha:{tag}"))
    }

    /// A cluster by name.
    pub fn cluster(&self, namespace: &str, name: &str) -> Cluster {
        Cluster::new(&self.client, namespace, name)
    }
}

impl Scene {
    /// Runs `pgo` in this namespace and demands that it succeeds.
    pub async fn pgo(&self, arguments: &[&str]) -> Result<Run> {
        self.try_pgo(arguments).await?.succeeded()
    }

    /// Runs `pgo` in this namespace, whatever comes of it.
    pub async fn try_pgo(&self, arguments: &[&str]) -> Result<Run> {
        self.world.pgo(&self.namespace).run(arguments).await
    }

    /// A cluster of this namespace.
    pub fn cluster(&self, name: &str) -> Cluster {
        self.world.cluster(&self.namespace, name)
    }

    /// Everything that exists here.
    pub async fn inventory(&self) -> Result<Inventory> {
        Inventory::of(&self.world.client, &self.namespace).await
    }

    /// Demands that nothing exists here that did not before.
    pub async fn nothing_since(&self, before: &Inventory) -> Result<()> {
        self.only_since(before, &Inventory::default()).await
    }

    /// Demands that exactly `expected` exists here that did not before, once Kubernetes has swept up what was owned.
    pub async fn only_since(&self, before: &Inventory, expected: &Inventory) -> Result<()> {
        let deadline = Instant::now() + SWEPT;
        // No watch spans all kinds, so the listing is repeated.
        let mut listings = tokio::time::interval(Duration::from_millis(500));
        loop {
            listings.tick().await;
            let made = self.inventory().await?.since(before);
            if made == *expected {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "orphans: {:?}, missing: {:?}",
                made.since(expected).objects().collect::<Vec<_>>(),
                expected.since(&made).objects().collect::<Vec<_>>()
            );
        }
    }

    /// An API for a kind in this namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        <K as kube::Resource>::DynamicType: Default,
    {
        Api::namespaced(self.world.client.clone(), &self.namespace)
    }

    /// Applies YAML with kubectl, as a user does who has never heard of `pgo`.
    pub async fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Run> {
        crate::pgo::kubectl(self.world.environment, &self.namespace, arguments, input).await
    }
}
