//! What only the API server looks at: the nodes, the namespaces, and its own namespace with users, roles, certificate
//! and configuration. Few objects that change rarely, so kube-runtime's own stores do.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, Secret};
use k8s_openapi::serde::de::DeserializeOwned;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::reflector::{ObjectRef, Store, store};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, reflector};
use kube::{Api, Client, Resource, ResourceExt as _};
use pgo_plan::labels;
use tokio::sync::watch::{Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::call::asked;
use crate::error::{Error, ObjectName, Verb, chain};

/// The one ConfigMap that is looked at.
const CONFIG: &str = "pgo-config";
/// The Secret with the certificate of the API server.
pub const CERTIFICATE: &str = "pgo.tls";
/// What the names of users' and roles' Secrets begin with.
const ACCOUNTS: [&str; 2] = ["pgouser-", "pgorole-"];
/// Charts keep what they know in Secrets, megabytes of it.
const NO_CHARTS: &str = "type!=helm.sh/release.v1";
/// How long a watch may take to tell of a write of our own; usually it takes milliseconds.
const HEARING: Duration = Duration::from_secs(2);

/// Nodes, namespaces, and the operator's namespace, in memory. The watches end with it.
pub struct Office {
    client: Client,
    namespace: String,
    namespaces: Store<Namespace>,
    nodes: Store<Node>,
    secrets: Store<Secret>,
    config: Store<ConfigMap>,
    operators: Store<Pod>,
    /// Changes whenever a watch has told of something.
    told: Receiver<()>,
    _watches: JoinSet<()>,
}

/// What an [`Office`] in a test holds from its start.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields say their kind by their name and type")]
pub struct Holdings {
    pub namespaces: Vec<Namespace>,
    pub nodes: Vec<Node>,
    pub secrets: Vec<Secret>,
    pub config: Option<ConfigMap>,
    pub operators: Vec<Pod>,
}

impl Office {
    /// Starts to watch. `namespace` is the operator's.
    pub fn start(client: &Client, namespace: &str) -> Self {
        let mut watches = Watches::default();
        let office = || Api::namespaced(client.clone(), namespace);
        let operators = watcher::Config::default().labels("name=postgres-operator");
        let config = watcher::Config::default().fields(&format!("metadata.name={CONFIG}"));
        let secrets = watcher::Config::default().fields(NO_CHARTS);
        Self {
            namespaces: watches.start(Api::all(client.clone()), watcher::Config::default(), |_| ()),
            nodes: watches.start(Api::all(client.clone()), watcher::Config::default(), slim_node),
            secrets: watches.start(Api::namespaced(client.clone(), namespace), secrets, slim_secret),
            config: watches.start(Api::namespaced(client.clone(), namespace), config, |_| ()),
            operators: watches.start(office(), operators, |_| ()),
            client: client.clone(),
            namespace: namespace.to_owned(),
            told: watches.told.subscribe(),
            _watches: watches.tasks,
        }
    }

    /// An office that holds what it is given and hears of nothing else.
    pub fn holding(client: Client, namespace: &str, holdings: Holdings) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            namespaces: filled(holdings.namespaces),
            nodes: filled(holdings.nodes),
            secrets: filled(holdings.secrets),
            config: filled(holdings.config.into_iter().collect()),
            operators: filled(holdings.operators),
            told: Sender::default().subscribe(),
            _watches: JoinSet::new(),
        }
    }

    /// The operator's namespace.
    pub fn name(&self) -> &str {
        &self.namespace
    }

    /// Names the kinds of which no complete list has arrived yet.
    pub fn unready(&self) -> Vec<&'static str> {
        let ready = [
            (
                "namespaces",
                self.namespaces.wait_until_ready().now_or_never().is_some(),
            ),
            ("nodes", self.nodes.wait_until_ready().now_or_never().is_some()),
            (
                "secrets",
                self.secrets.wait_until_ready().now_or_never().is_some(),
            ),
            (
                "configuration",
                self.config.wait_until_ready().now_or_never().is_some(),
            ),
            (
                "operators",
                self.operators.wait_until_ready().now_or_never().is_some(),
            ),
        ];
        ready
            .into_iter()
            .filter(|(_, ready)| !ready)
            .map(|(kind, _)| kind)
            .collect()
    }

    /// Waits until every store holds a first complete list.
    pub async fn ready(&self) {
        // They fail only when their watches end, which is when nobody waits any more.
        drop(self.namespaces.wait_until_ready().await);
        drop(self.nodes.wait_until_ready().await);
        drop(self.secrets.wait_until_ready().await);
        drop(self.config.wait_until_ready().await);
        drop(self.operators.wait_until_ready().await);
    }

    /// A namespace of the Kubernetes cluster.
    pub fn namespace(&self, name: &str) -> Option<Arc<Namespace>> {
        self.namespaces.get(&ObjectRef::new(name))
    }

    /// All namespaces of the Kubernetes cluster, by name.
    pub fn namespaces(&self) -> Vec<Arc<Namespace>> {
        let mut namespaces = self.namespaces.state();
        namespaces.sort_by_key(|namespace| namespace.name_any());
        namespaces
    }

    /// The nodes, by name.
    pub fn nodes(&self) -> Vec<Arc<Node>> {
        let mut nodes = self.nodes.state();
        nodes.sort_by_key(|node| node.name_any());
        nodes
    }

    /// A Secret of pgo's in the operator's namespace: user, role, certificate.
    pub fn secret(&self, name: &str) -> Option<Arc<Secret>> {
        self.secrets.get(&ObjectRef::new(name).within(&self.namespace))
    }

    /// Those Secrets that satisfy a condition.
    pub fn secrets(&self, condition: impl Fn(&Secret) -> bool) -> Vec<Arc<Secret>> {
        self.secrets.state_filter(condition)
    }

    /// The configuration, if there is one.
    pub fn config(&self) -> Option<Arc<ConfigMap>> {
        self.config.get(&ObjectRef::new(CONFIG).within(&self.namespace))
    }

    /// The pods of the operator.
    pub fn operators(&self) -> Vec<Arc<Pod>> {
        self.operators.state()
    }

    /// Changes whenever a watch has told of something.
    pub fn news(&self) -> Receiver<()> {
        self.told.clone()
    }

    /// Reads a Secret of the operator's namespace from the server.
    pub async fn find_secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        let object = ObjectName::of::<Secret>(&self.namespace, name);
        match asked(Verb::Get, object, self.own_secrets().get(name)).await {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Reads the Secrets of the operator's namespace from the server, all that the watch would tell of.
    pub async fn list_secrets(&self) -> Result<Vec<Secret>, Error> {
        let object = ObjectName::of::<Secret>(&self.namespace, "");
        let chosen = ListParams::default().fields(NO_CHARTS);
        let listed = asked(Verb::List, object, self.own_secrets().list(&chosen)).await?;
        Ok(listed.items)
    }

    /// Creates a Secret in the operator's namespace; one of the same name is an error. Whoever looks afterwards sees it.
    pub async fn create_secret(&self, secret: &Secret) -> Result<Secret, Error> {
        let object = ObjectName::of::<Secret>(&self.namespace, &secret.name_any());
        let created = asked(
            Verb::Create,
            object,
            self.own_secrets().create(&PostParams::default(), secret),
        )
        .await?;
        self.heard_of(&created).await;
        Ok(created)
    }

    /// Changes a Secret of the operator's namespace, unless somebody else has changed it since the version that
    /// `secret` names: that is a conflict. Whoever looks afterwards sees the change.
    pub async fn change_secret(&self, secret: &Secret) -> Result<Secret, Error> {
        let name = secret.name_any();
        let object = ObjectName::of::<Secret>(&self.namespace, &name);
        let (how, patch) = (PatchParams::default(), Patch::Merge(secret));
        let changed = asked(Verb::Patch, object, self.own_secrets().patch(&name, &how, &patch)).await?;
        self.heard_of(&changed).await;
        Ok(changed)
    }

    /// Deletes this Secret of the operator's namespace; a later one of its name is left alone. Whoever looks afterwards
    /// does not see it any more.
    pub async fn delete_secret(&self, secret: &Secret) -> Result<(), Error> {
        let name = secret.name_any();
        let object = ObjectName::of::<Secret>(&self.namespace, &name);
        let how = DeleteParams {
            preconditions: Some(Preconditions {
                uid: secret.uid(),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        match asked(Verb::Delete, object, self.own_secrets().delete(&name, &how)).await {
            Err(error) if error.is_not_found() || error.is_conflict() => {}
            answer => drop(answer?),
        }
        self.heard(|| self.secret(&name).is_none_or(|other| other.uid() != secret.uid()))
            .await;
        Ok(())
    }

    /// Waits until the watch has told of this version of a Secret, or a later one.
    async fn heard_of(&self, written: &Secret) {
        let version = |secret: &Secret| secret.resource_version().and_then(|it| it.parse::<u64>().ok());
        self.heard(|| {
            let known = self.secret(&written.name_any());
            known.is_some_and(|known| version(&known) >= version(written))
        })
        .await;
    }

    /// Waits until the watches have told of what was written. Without news it is given up after a moment: the write was
    /// done, and the news will come.
    async fn heard(&self, condition: impl Fn() -> bool) {
        let mut told = self.news();
        let news = async { while !condition() && told.changed().await.is_ok() {} };
        if timeout(HEARING, news).await.is_err() {
            debug!("a write was done, and its watch has not told of it yet");
        }
    }

    fn own_secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

/// The watches, and who is told when one of them has news.
#[derive(Default)]
struct Watches {
    tasks: JoinSet<()>,
    told: Sender<()>,
}

impl Watches {
    /// Starts a watch that fills a store.
    fn start<K>(&mut self, api: Api<K>, config: watcher::Config, slim: fn(&mut K)) -> Store<K>
    where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    {
        let (reader, writer) = store();
        let events = watcher::watcher(api, config.timeout(200))
            .default_backoff()
            .modify(move |object: &mut K| {
                object.managed_fields_mut().clear();
                slim(object);
            });
        let fed = reflector(writer, events);
        let told = self.told.clone();
        self.tasks.spawn(async move {
            let kind = K::kind(&());
            let mut fed = pin!(fed);
            let mut failing = false;
            while let Some(event) = fed.next().await {
                match event {
                    // It begins again; that says nothing.
                    Ok(Event::Init) => {}
                    Ok(_) => {
                        failing = false;
                        told.send_replace(());
                    }
                    // A connection that ends is everyday business; one that cannot be opened again is not.
                    Err(error) if failing => warn!(%kind, error = chain(&error), "a watch keeps failing"),
                    Err(error) => {
                        failing = true;
                        debug!(%kind, error = chain(&error), "a watch failed");
                    }
                }
            }
        });
        reader
    }
}

/// Of other people's Secrets only the names are kept. Which are ours their names say: those that somebody makes with
/// `kubectl create secret` have no labels.
fn slim_secret(secret: &mut Secret) {
    let name = secret.name_any();
    let is_ours = name == CERTIFICATE
        || ACCOUNTS.iter().any(|prefix| name.starts_with(prefix))
        || secret
            .labels()
            .get(labels::VENDOR)
            .is_some_and(|vendor| vendor == labels::CRUNCHYDATA);
    if !is_ours {
        secret.data = None;
    }
}

/// Of a node, only its labels and its health are read.
fn slim_node(node: &mut Node) {
    node.spec = None;
    if let Some(status) = &mut node.status {
        status.images = None;
        status.addresses = None;
    }
}

fn filled<K>(objects: Vec<K>) -> Store<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + 'static,
{
    let (reader, mut writer) = store();
    writer.apply_watcher_event(&Event::Init);
    for object in objects {
        writer.apply_watcher_event(&Event::InitApply(object));
    }
    writer.apply_watcher_event(&Event::InitDone);
    reader
}
