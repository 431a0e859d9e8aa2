//! One PostgreSQL cluster as its user and its administrator see it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{AttachParams, DeleteParams, ListParams};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt as _};
use pgo_crd::Pgcluster;
use tokio::io::AsyncReadExt as _;

use crate::sql::Tls;
use crate::wait::{seconds, until, until_all};
use crate::{Door, Scene, Session};

/// What the operator makes at once may take so long until it is seen.
const SOON: Duration = seconds(30);

/// What a volume that was left says of the last primary's.
const LAST_PRIMARY: &str = "pgo.crunchydata.com/last-primary";

/// A cluster by name.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    pub namespace: String,
    pub name: String,
}

/// What an instance does, as its pod's label `role` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Primary,
    Replica,
}

impl Role {
    fn label(self) -> &'static str {
        match self {
            Self::Primary => "master",
            Self::Replica => "replica",
        }
    }
}

impl Cluster {
    pub(crate) fn new(client: &Client, namespace: &str, name: &str) -> Self {
        Self {
            client: client.clone(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Waits until the status says that all is as asked: `Ready`, with so many replicas.
    pub async fn ready(&self, replicas: i32, within: Duration) -> Result<Pgcluster> {
        let what = format!("{} is Ready with {replicas} replicas", self.name);
        let api: Api<Pgcluster> = self.api();
        let met = |cluster: Option<&Pgcluster>| {
            cluster.is_some_and(|cluster| {
                let status = cluster.status.as_ref();
                let current = status.and_then(|it| it.observed_generation) == cluster.metadata.generation;
                let count = status.is_some_and(|it| it.replicas == replicas);
                current && count && condition(cluster, "Ready") == Some("True")
            })
        };
        until(&api, &self.name, within, &what, met)
            .await?
            .context("the cluster is gone")
    }

    /// Waits until a condition of the cluster has a status.
    pub async fn condition(&self, kind: &str, status: &str, within: Duration) -> Result<Pgcluster> {
        let what = format!("condition {kind} of {} is {status}", self.name);
        let met = |cluster: Option<&Pgcluster>| cluster.is_some_and(|it| condition(it, kind) == Some(status));
        until(&self.api(), &self.name, within, &what, met)
            .await?
            .context("the cluster is gone")
    }

    /// Waits until the message of a condition contains some words.
    pub async fn says(&self, kind: &str, words: &str, within: Duration) -> Result<()> {
        let what = format!("condition {kind} of {} says «{words}»", self.name);
        let met = |cluster: Option<&Pgcluster>| {
            let conditions = cluster
                .and_then(|it| it.status.as_ref())
                .into_iter()
                .flat_map(|it| &it.conditions);
            conditions
                .into_iter()
                .any(|it| it.type_ == kind && it.message.contains(words))
        };
        until(&self.api(), &self.name, within, &what, met).await.map(drop)
    }

    /// The custom resource.
    pub async fn object(&self) -> Result<Pgcluster> {
        Ok(self.api::<Pgcluster>().get(&self.name).await?)
    }

    /// The instance that the primary Service leads to.
    pub async fn primary(&self) -> Result<Pod> {
        let address = self.primary_address().await?;
        self.instances()
            .await?
            .into_iter()
            .find(|pod| ip(pod) == Some(address))
            .with_context(|| {
                format!(
                    "the Service {} leads to {address}, where no instance is",
                    self.name
                )
            })
    }

    /// The address that the primary Service leads to.
    pub async fn primary_address(&self) -> Result<IpAddr> {
        let slice: EndpointSlice = self.api().get(&self.name).await?;
        let addresses = slice
            .endpoints
            .into_iter()
            .flat_map(|endpoint| endpoint.addresses);
        let first = addresses
            .into_iter()
            .next()
            .with_context(|| format!("{} has no primary", self.name))?;
        Ok(first.parse()?)
    }

    /// Waits until the primary Service leads to another address than `old`.
    pub async fn primary_other_than(&self, old: IpAddr, within: Duration) -> Result<()> {
        let old = old.to_string();
        let what = format!("the Service {} leads to another instance than {old}", self.name);
        let met = |slice: Option<&EndpointSlice>| {
            let endpoints = slice.iter().flat_map(|slice| &slice.endpoints);
            let mut addresses = endpoints.flat_map(|endpoint| &endpoint.addresses).peekable();
            addresses.peek().is_some() && addresses.all(|address| *address != old)
        };
        until(&self.api(), &self.name, within, &what, met).await.map(drop)
    }

    /// The claim that the primary runs from.
    pub async fn volume(&self) -> Result<String> {
        let spec = self
            .primary()
            .await?
            .spec
            .context("a pod without a specification")?;
        let volumes = spec.volumes.into_iter().flatten();
        let mut data = volumes.filter(|volume| volume.name == "pgdata");
        let claim = data.next().and_then(|volume| volume.persistent_volume_claim);
        Ok(claim.context("the primary has no volume")?.claim_name)
    }

    /// The volumes of instances, and which one each says was the last primary's.
    pub async fn volumes(&self) -> Result<Vec<(String, Option<String>)>> {
        let selection = ListParams::default().labels(&format!("pg-cluster={}", self.name));
        let claims = self.api::<PersistentVolumeClaim>().list(&selection).await?;
        let repository = format!("{}-pgbr-repo", self.name);
        let with_data = claims
            .items
            .into_iter()
            .filter(|claim| claim.name_any() != repository);
        let says = |claim: &PersistentVolumeClaim| claim.annotations().get(LAST_PRIMARY).cloned();
        Ok(with_data.map(|claim| (claim.name_any(), says(&claim))).collect())
    }

    /// The volume that all of them say was the last primary's.
    pub async fn last_primarys_volume(&self) -> Result<String> {
        let volumes = self.volumes().await?;
        let (_, first) = volumes.first().context("no volume is left")?;
        ensure!(volumes.iter().all(|(_, says)| says == first), "{volumes:?}");
        first
            .clone()
            .with_context(|| format!("they do not say: {volumes:?}"))
    }

    /// Deletes the primary's pod, and waits until another instance leads and so many replicas follow it.
    pub async fn fail_over(&self, replicas: usize) -> Result<()> {
        let primary = self.primary().await?.name_any();
        let old = self.primary_address().await?;
        self.api::<Pod>()
            .delete(&primary, &DeleteParams::default())
            .await?;
        self.primary_other_than(old, seconds(60)).await?;
        self.roles(replicas, seconds(120)).await?;
        self.streaming(i64::try_from(replicas)?, seconds(60)).await
    }

    /// Keeps all but the primary from leading: what follows may stop the instances in any order.
    pub async fn nobody_else_leads(&self, scene: &Scene) -> Result<()> {
        scene
            .pgo(&[
                "update",
                "cluster",
                &self.name,
                "--disable-autofail",
                "--no-prompt",
            ])
            .await?;
        let primary = self.primary().await?.name_any();
        let what = format!("only {primary} may lead");
        let selection = watcher::Config::default().labels(&self.instance_selector());
        // Patroni writes its tags onto its pod.
        let barred = |pod: &Pod| {
            let status = pod.annotations().get("status");
            let status = status.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            status.is_some_and(|status| status["tags"]["nofailover"] == true)
        };
        let met =
            |pods: &BTreeMap<String, Pod>| pods.iter().all(|(name, pod)| *name == primary || barred(pod));
        until_all(self.api(), selection, seconds(60), &what, met)
            .await
            .map(drop)
    }

    /// The replicas: the instances that are not labelled as the primary.
    pub async fn replicas(&self) -> Result<Vec<Pod>> {
        // Patroni says what an instance is some moments after that is ready.
        let role = |pod: &Pod| pod.labels().get("role").map(String::as_str) != Some(Role::Primary.label());
        Ok(self.instances().await?.into_iter().filter(role).collect())
    }

    /// The pods of all instances.
    pub async fn instances(&self) -> Result<Vec<Pod>> {
        Ok(self
            .api()
            .list(&ListParams::default().labels(&self.instance_selector()))
            .await?
            .items)
    }

    /// Waits until so many instances are ready in these roles, and none is there besides.
    pub async fn roles(&self, replicas: usize, within: Duration) -> Result<BTreeMap<String, Pod>> {
        let what = format!("{} has a primary and {replicas} replicas, all ready", self.name);
        let selection = watcher::Config::default().labels(&self.instance_selector());
        let met = |pods: &BTreeMap<String, Pod>| {
            let count = |role: Role| {
                let of = |pod: &&Pod| pod.labels().get("role").map(String::as_str) == Some(role.label());
                pods.values().filter(of).count()
            };
            pods.values().all(is_ready)
                && pods.len() == replicas + 1
                && count(Role::Primary) == 1
                && count(Role::Replica) == replicas
        };
        until_all(self.api(), selection, within, &what, met).await
    }

    /// Makes an instance whose node meets `wanted` the primary, by Patroni's own command.
    pub async fn lead_from(&self, wanted: impl Fn(&str) -> bool) -> Result<()> {
        // In synchronous mode only the synchronous replica may take over; whoever leads, another one is that next.
        for _ in 0..6 {
            let primary = self.primary().await?;
            if node(&primary).is_some_and(&wanted) {
                return Ok(());
            }
            let replicas = self.replicas().await?;
            let count = replicas.len();
            let candidate = replicas.iter().find(|pod| node(pod).is_some_and(&wanted));
            let candidate = candidate.context("no instance is on such a node")?.name_any();
            let old = self.primary_address().await?;
            let primary = primary.name_any();
            if self
                .switch_over(&primary, &["--candidate", &candidate])
                .await
                .is_err()
            {
                self.switch_over(&primary, &[]).await?;
            }
            self.primary_other_than(old, seconds(60)).await?;
            self.roles(count, seconds(120)).await?;
            self.streaming(i64::try_from(count)?, seconds(60)).await?;
        }
        bail!("{} cannot be led from such a node", self.name)
    }

    async fn switch_over(&self, primary: &str, candidate: &[&str]) -> Result<()> {
        let words = [
            "patronictl",
            "-c",
            "/tmp/pgo-agent/patroni.yml",
            "switchover",
            &self.name,
            "--force",
        ];
        let command: Vec<_> = words.iter().chain(candidate).copied().collect();
        let said = self.run(primary, &command).await?;
        // A refusal, of a candidate that is not synchronous say, ends with status 0, too; and so does the wish that is left
        // in the store where no member can be reached.
        let refused = ["Switchover failed", "Could not switchover"];
        ensure!(!refused.iter().any(|words| said.contains(words)), "{said}");
        Ok(())
    }

    /// Runs a command in a pod's container `database`, demands that it succeeds, and returns what it printed.
    pub async fn run(&self, pod: &str, command: &[&str]) -> Result<String> {
        let attach = AttachParams::default().container("database").stderr(false);
        let words: Vec<_> = command.to_vec();
        let mut process = self.api::<Pod>().exec(pod, words, &attach).await?;
        let status = process.take_status().context("a status")?;
        let mut said = String::new();
        if let Some(mut stdout) = process.stdout() {
            tokio::time::timeout(seconds(90), stdout.read_to_string(&mut said)).await??;
        }
        let ended = tokio::time::timeout(seconds(10), status)
            .await?
            .context("it did not end")?;
        ensure!(
            ended.status.as_deref() == Some("Success"),
            "{} says: {said} {ended:?}",
            command.join(" ")
        );
        Ok(said)
    }

    /// The pod of the repository.
    pub async fn repository(&self) -> Result<Pod> {
        let selector = format!("pg-cluster={0},name={0}-backrest-shared-repo", self.name);
        let pods = self.api().list(&ListParams::default().labels(&selector)).await?;
        pods.items.into_iter().next().context("no repository")
    }

    /// Waits until the primary streams to so many replicas.
    pub async fn streaming(&self, replicas: i64, within: Duration) -> Result<()> {
        let counting = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(100));
            loop {
                ticks.tick().await;
                // Only the primary knows, and it may change meanwhile.
                let Ok(session) = self.superuser().await else {
                    continue;
                };
                let query = "select count(*) from pg_stat_replication where state = 'streaming'";
                if matches!(session.value::<i64>(query).await, Ok(count) if count == replicas) {
                    return;
                }
            }
        };
        let what = || {
            format!(
                "{} does not stream to {replicas} replicas within {within:?}",
                self.name
            )
        };
        tokio::time::timeout(within, counting).await.with_context(what)
    }

    /// A Secret of the cluster as text, as soon as it exists.
    pub async fn secret(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let what = format!("Secret {name} exists");
        let secret = until(&self.api::<Secret>(), name, SOON, &what, |it| it.is_some()).await?;
        let data = secret
            .and_then(|secret| secret.data)
            .unwrap_or_default()
            .into_iter();
        data.map(|(key, value)| Ok((key, String::from_utf8(value.0)?)))
            .collect()
    }

    /// The address of one of the cluster's Services, as soon as it exists.
    pub async fn service(&self, name: &str) -> Result<IpAddr> {
        let what = format!("Service {name} exists");
        let service = until(&self.api::<Service>(), name, SOON, &what, |it| it.is_some()).await?;
        let spec = service.and_then(|service| service.spec);
        let address = spec
            .and_then(|spec| spec.cluster_ip)
            .context("the Service has no address")?;
        Ok(address.parse()?)
    }

    /// The primary Service for the ordinary user.
    pub async fn door(&self) -> Result<Door> {
        self.door_of("testuser", "userdb").await
    }

    /// The primary Service for any user who has a Secret.
    pub async fn door_of(&self, user: &str, database: &str) -> Result<Door> {
        let secret = match user {
            "postgres" => format!("{}-postgres-secret", self.name),
            "primaryuser" => format!("{}-primaryuser-secret", self.name),
            user => format!("{}-{user}-secret", self.name),
        };
        let secret = self.secret(&secret).await?;
        let ca = self.secret(&format!("{}-ca", self.name)).await?;
        Ok(Door {
            address: SocketAddr::new(self.service(&self.name).await?, 5432),
            host: format!("{}.{}.svc", self.name, self.namespace),
            database: database.to_owned(),
            user: user.to_owned(),
            password: secret
                .get("password")
                .context("the Secret has no password")?
                .clone(),
            tls: Tls::trusting(ca.get("ca.crt").context("the CA has no certificate")?.as_bytes())?,
        })
    }

    /// A session of the ordinary user through the primary Service.
    pub async fn sql(&self) -> Result<Session> {
        self.door().await?.first_connection(seconds(60)).await
    }

    /// A session of the superuser through the primary Service.
    pub async fn superuser(&self) -> Result<Session> {
        self.door_of("postgres", "postgres")
            .await?
            .connect(seconds(5))
            .await
    }

    /// A session of the ordinary user with one instance.
    pub async fn sql_at(&self, pod: &Pod) -> Result<Session> {
        let address = ip(pod).context("the pod has no address")?;
        self.door().await?.at(address).connect(seconds(10)).await
    }

    /// An API for a kind in the cluster's namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        <K as kube::Resource>::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn instance_selector(&self) -> String {
        format!("vendor=crunchydata,pg-cluster={},pgo-pg-database=true", self.name)
    }
}

/// The status of one condition.
pub(crate) fn condition<'a>(cluster: &'a Pgcluster, kind: &str) -> Option<&'a str> {
    let conditions = &cluster.status.as_ref()?.conditions;
    conditions
        .iter()
        .find(|it| it.type_ == kind)
        .map(|it| it.status.as_str())
}

/// The address of a pod.
pub(crate) fn ip(pod: &Pod) -> Option<IpAddr> {
    pod.status.as_ref()?.pod_ip.as_ref()?.parse().ok()
}

/// The node of a pod.
fn node(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}

/// Whether a pod is ready and not on its way out.
fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|it| it.type_ == "Ready" && it.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}
