//! What was written once is not written again, whatever a real API server makes of it.
//!
//! Every kind of object that the operator keeps is written to a namespace of its own, which no operator serves, and
//! then wanted again by hands that know only what the server tells them. They must send nothing.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use e2e::Environment;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use pgo_crd::{Pgcluster, PgclusterSpec, PgclusterStatus};
use pgo_kube::cache::Caches;
use pgo_kube::client::Requests;
use pgo_kube::{ClusterRef, Kube, Scope};
use pgo_plan::plan::{Desired, Finalizer, Plan};
use pgo_plan::{Defaults, Observed};
use serde_json::json;

#[tokio::test]
async fn what_was_applied_once_is_not_sent_again() -> Result<()> {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let config = Kubeconfig::read_from(Environment::find()?.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
    let (client, requests) = pgo_kube::client::connect_as(config)?;
    let random = uuid::Uuid::new_v4().simple().to_string();
    let namespace = format!("e2e-twice-{}", &random[..5]);
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let made = json!({ "metadata": { "name": namespace } });
    namespaces
        .create(&PostParams::default(), &serde_json::from_value(made)?)
        .await?;
    let outcome = Box::pin(twice(&client, &requests, &namespace)).await;
    let released = release(&client, &namespace).await;
    namespaces.delete(&namespace, &DeleteParams::default()).await?;
    outcome.and(released)
}

async fn twice(client: &Client, requests: &Requests, namespace: &str) -> Result<()> {
    let spec = PgclusterSpec {
        replicas: "1".into(),
        ..PgclusterSpec::default()
    };
    let mut cluster = Pgcluster::new("hippo", spec);
    cluster.metadata.namespace = Some(namespace.to_owned());
    let cluster = hands(client, namespace).await.create(&cluster).await?;
    let mut written = BTreeSet::new();
    for stage in [Stage::Young, Stage::StanzaWanted, Stage::Complete] {
        let kube = hands(client, namespace).await;
        let plan = stage.plan(&kube, namespace)?;
        let outcome = kube.apply(&cluster, &plan).await;
        kube.record(&cluster, &plan, &outcome).await?;
        if let Some(failure) = outcome.failure {
            return Err(failure).context(format!("the first time, {stage:?}"));
        }
        written.extend(kinds(&plan.objects));

        let kube = hands(client, namespace).await;
        let before = (requests.reads(), requests.writes());
        let outcome = kube.apply(&cluster, &plan).await;
        ensure!(
            outcome.written.is_empty(),
            "sent again, {stage:?}: {:#?}",
            outcome.written
        );
        let recorded = kube
            .record(
                &cluster,
                &Plan {
                    events: vec![],
                    ..plan
                },
                &outcome,
            )
            .await?;
        ensure!(!recorded, "a status was sent again, {stage:?}");
        if let Some(failure) = outcome.failure {
            return Err(failure).context(format!("the second time, {stage:?}"));
        }
        let after = (requests.reads(), requests.writes());
        ensure!(
            before == after,
            "reads and writes before and after, {stage:?}: {before:?}, {after:?}"
        );
    }
    ensure!(written.len() == 8, "only these kinds were written: {written:?}");
    Ok(())
}

/// Moments of a life in which different kinds of objects are wanted.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Young,
    StanzaWanted,
    Complete,
}

impl Stage {
    /// What is planned for the cluster as it is, had it come this far.
    fn plan(self, kube: &Kube, namespace: &str) -> Result<Plan> {
        let name = ClusterRef {
            namespace: namespace.to_owned(),
            name: "hippo".to_owned(),
        };
        let cluster = kube
            .caches
            .clusters
            .get(namespace, "hippo")
            .context("the cluster is not known")?;
        let mut cluster = Pgcluster::clone(&cluster);
        let mut observed = kube.observe(&name, Timestamp::now());
        match self {
            Self::Young => {}
            Self::StanzaWanted => pretend_ready(&mut observed)?,
            Self::Complete => {
                pretend_ready(&mut observed)?;
                let status = cluster.status.unwrap_or_default();
                cluster.status = Some(PgclusterStatus {
                    initialized: true,
                    ..status
                });
            }
        }
        Ok(pgo_plan::plan(&cluster, &Defaults::built_in(), &observed))
    }
}

/// No pod runs in this namespace; these two stand for the primary and the repository.
fn pretend_ready(observed: &mut Observed) -> Result<()> {
    let labels = [
        json!({ "pg-cluster": "hippo", "deployment-name": "hippo", "pgo-pg-database": "true", "role": "master" }),
        json!({ "pg-cluster": "hippo", "name": "hippo-backrest-shared-repo", "pgo-backrest-repo": "true" }),
    ];
    for labels in labels {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": { "name": "pretended", "labels": labels },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
        }))?;
        observed.pods.push(pod);
    }
    Ok(())
}

fn kinds(objects: &Desired) -> BTreeSet<&'static str> {
    let Desired {
        secrets,
        config_maps,
        services,
        endpoint_slices,
        claims,
        replicas,
        jobs,
        deployments,
    } = objects;
    let counts = [
        ("secrets", secrets.len()),
        ("config maps", config_maps.len()),
        ("services", services.len()),
        ("endpoint slices", endpoint_slices.len()),
        ("claims", claims.len()),
        ("replicas", replicas.len()),
        ("jobs", jobs.len()),
        ("deployments", deployments.len()),
    ];
    counts
        .into_iter()
        .filter(|(_, count)| 0 < *count)
        .map(|(kind, _)| kind)
        .collect()
}

/// Hands that know only what the server tells them.
async fn hands(client: &Client, namespace: &str) -> Kube {
    let caches = Caches::start(client, &Scope::Only([namespace.to_owned()].into()), None);
    caches.ready().await;
    Kube::new(client.clone(), caches)
}

/// The namespace cannot go while a finalizer is held in it, and no operator serves it.
async fn release(client: &Client, namespace: &str) -> Result<()> {
    let kube = hands(client, namespace).await;
    let Some(cluster) = kube.caches.clusters.get(namespace, "hippo") else {
        return Ok(());
    };
    let mut plan = Stage::Young.plan(&kube, namespace)?;
    plan.objects = Desired::default();
    plan.labels.clear();
    plan.finalizer = Finalizer::Release;
    match kube.apply(&cluster, &plan).await.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}
