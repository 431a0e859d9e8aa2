//! `pgo show cluster`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, Service};
use pgo_api::{
    ShowClusterDeployment, ShowClusterDetail, ShowClusterPod, ShowClusterReplica, ShowClusterRequest,
    ShowClusterService,
};
use pgo_crd::{Pgcluster, Pgreplica};
use pgo_plan::defaults::Defaults;
use pgo_plan::labels;
use pgo_plan::valid::effective;

use super::super::pod;
use super::{App, chosen, name_of, services, shown};
use crate::auth::Caller;
use crate::elements::Elements;
use crate::refusal::{Outcome, Refusal};
use crate::selector::value;

/// Shows clusters with everything that belongs to them. None that fits is no error.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowClusterRequest) -> Outcome<Elements> {
    let ShowClusterRequest {
        clustername,
        selector,
        ccpimagetag,
        namespace,
        allflag,
        ..
    } = &request;
    let defaults = app.defaults();
    let mut clusters = chosen(app, namespace, selector, *allflag, clustername)?;
    if !ccpimagetag.is_empty() {
        clusters.retain(|cluster| effective(cluster, &defaults).ccpimagetag == *ccpimagetag);
    }
    let written = clusters
        .iter()
        .map(|cluster| app.written.cluster(app, &defaults, cluster));
    let written = written.collect::<serde_json::Result<_>>();
    Ok(Elements(
        written.map_err(|error| Refusal::Bug(error.to_string()))?,
    ))
}

/// A cluster and everything that belongs to it.
pub(super) fn detail(app: &App, defaults: &Defaults, cluster: &Pgcluster) -> ShowClusterDetail {
    let cluster = Pgcluster {
        // Who made a cluster with kubectl has left out most of it.
        spec: effective(cluster, defaults),
        ..shown(cluster)
    };
    let caches = &app.kube.caches;
    let namespace = cluster.metadata.namespace.as_deref().unwrap_or_default();
    let name = name_of(&cluster);
    let policy_labels: Vec<String> = {
        let labels = cluster.metadata.labels.iter().flatten();
        labels
            .filter(|(_, value)| *value == labels::POLICY_VALUE)
            .map(|(key, _)| key.clone())
            .collect()
    };
    let deployments = caches.deployments.of_cluster(namespace, name);
    let pods = caches.pods.of_cluster(namespace, name);
    let lead = pod::Lead::of(app, namespace, name, &pods);
    let replicas = caches.replicas.of_cluster(namespace, name);
    ShowClusterDetail {
        deployments: deployments
            .iter()
            .map(|deployment| ShowClusterDeployment {
                name: deployment.metadata.name.clone().unwrap_or_default(),
                policy_labels: policy_labels.clone(),
            })
            .collect(),
        pods: pods
            .iter()
            .filter(|it| is_shown(it))
            .map(|it| shown_pod(it, &lead))
            .collect(),
        services: services(app, namespace, name)
            .iter()
            .map(|it| shown_service(name, it))
            .collect(),
        replicas: replicas.iter().map(|it| shown_replica(it)).collect(),
        cluster,
    }
}

/// Pods of jobs and of the repository are left out, as in 4.2.
fn is_shown(pod: &Pod) -> bool {
    let marked = |key| value(&pod.metadata, key) == "true";
    let hidden = [
        labels::BACKREST_JOB,
        "pgo-backrest-restore",
        labels::BACKREST_REPO,
    ]
    .into_iter()
    .any(marked);
    !hidden && !["true", "false"].contains(&value(&pod.metadata, "pgbackup"))
}

fn shown_pod(pod: &Pod, lead: &pod::Lead) -> ShowClusterPod {
    let (ready, all) = lead.readiness(pod);
    let kind = lead.kind(pod);
    let spec = pod.spec.as_ref();
    ShowClusterPod {
        name: pod.metadata.name.clone().unwrap_or_default(),
        phase: pod
            .status
            .as_ref()
            .and_then(|status| status.phase.clone())
            .unwrap_or_default(),
        node_name: spec.and_then(|spec| spec.node_name.clone()).unwrap_or_default(),
        pvc_name: claims(pod),
        ready_status: format!("{ready}/{all}"),
        ready: lead.is_ready(pod),
        primary: kind == pod::Kind::Primary,
        kind: kind.as_str().to_owned(),
    }
}

fn claims(pod: &Pod) -> BTreeMap<String, String> {
    let volumes = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.volumes.as_deref())
        .unwrap_or_default();
    let known = volumes
        .iter()
        .filter(|it| ["backrestrepo", "pgdata", "pgwal-volume"].contains(&it.name.as_str()));
    let claimed = known.filter_map(|it| {
        Some((
            it.name.clone(),
            it.persistent_volume_claim.as_ref()?.claim_name.clone(),
        ))
    });
    claimed.collect()
}

fn shown_service(cluster: &str, service: &Service) -> ShowClusterService {
    let name = service.metadata.name.clone().unwrap_or_default();
    let pgbouncer = name.contains("-pgbouncer");
    let backrest_repo = name.contains("-backrest-repo");
    ShowClusterService {
        data: String::new(),
        cluster_ip: service
            .spec
            .as_ref()
            .and_then(|spec| spec.cluster_ip.clone())
            .unwrap_or_default(),
        external_ip: external_address(service).unwrap_or_default(),
        cluster_name: if pgbouncer || backrest_repo {
            cluster.to_owned()
        } else {
            String::new()
        },
        pgbouncer,
        backrest_repo,
        name,
    }
}

/// What a load balancer gave, an address or, at some clouds, a name; else what somebody configured.
fn external_address(service: &Service) -> Option<String> {
    let balancer = service
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref());
    let given = balancer.and_then(|it| {
        let first = it.ingress.as_ref()?.first()?;
        first.ip.clone().or_else(|| first.hostname.clone())
    });
    given.or_else(|| service.spec.as_ref()?.external_ips.as_ref()?.first().cloned())
}

fn shown_replica(replica: &Pgreplica) -> ShowClusterReplica {
    let status = replica.status.clone().unwrap_or_default();
    ShowClusterReplica {
        name: replica.metadata.name.clone().unwrap_or_default(),
        state: status.state,
        message: status.message,
    }
}
