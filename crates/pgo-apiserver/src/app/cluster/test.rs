//! `pgo test`: what of a cluster can be reached, judged by endpoints and readiness.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use pgo_api::{TestClusterDetail, TestClusterRequest, TestClusterResponse, TestClusterResult};
use pgo_crd::Pgcluster;
use pgo_plan::labels;

use super::super::pod;
use super::{App, chosen, name_of, services};
use crate::auth::Caller;
use crate::refusal::Outcome;
use crate::selector::value;

/// Tests clusters. None that fits is no error.
pub(crate) async fn test(app: &App, _: &Caller, request: TestClusterRequest) -> Outcome<TestClusterResponse> {
    let TestClusterRequest {
        clustername,
        selector,
        namespace,
        all_flag,
        ..
    } = &request;
    let clusters = chosen(app, namespace, selector, *all_flag, clustername)?;
    let results = clusters.iter().map(|cluster| tested(app, namespace, cluster));
    Ok(TestClusterResponse {
        results: results.collect(),
    })
}

fn tested(app: &App, namespace: &str, cluster: &Pgcluster) -> TestClusterResult {
    let name = name_of(cluster);
    let pods = app.kube.caches.pods.of_cluster(namespace, name);
    let lead = pod::Lead::of(app, namespace, name, &pods);
    let instances = instances(&pods, &lead);
    if instances.is_empty() {
        // In the words of 4.2: the primary that there should be is not available.
        let missing = TestClusterDetail {
            instance_type: "primary".to_owned(),
            ..TestClusterDetail::default()
        };
        return TestClusterResult {
            cluster_name: name.to_owned(),
            instances: vec![missing],
            endpoints: Vec::new(),
        };
    }
    let slices = app.kube.caches.endpoint_slices.of_cluster(namespace, name);
    let has_replicas = instances.iter().any(|it| it.instance_type == "replica")
        || !app.kube.caches.replicas.of_cluster(namespace, name).is_empty();
    let port = match cluster.spec.port.as_str() {
        "" => app.defaults().cluster.port.to_string(),
        port => port.to_owned(),
    };
    let endpoints = services(app, namespace, name).into_iter().filter_map(|service| {
        let kind = kind_of(&service);
        // Nothing is missing behind the Service of replicas when there are to be none.
        (kind != "replica" || has_replicas).then(|| TestClusterDetail {
            available: is_available(&service, &slices, &pods, &lead),
            message: format!("{}:{port}", address(&service)),
            instance_type: kind.to_owned(),
        })
    });
    TestClusterResult {
        cluster_name: name.to_owned(),
        endpoints: endpoints.collect(),
        instances,
    }
}

/// The instances, the primary first.
fn instances(pods: &[Arc<Pod>], lead: &pod::Lead) -> Vec<TestClusterDetail> {
    let mut instances: Vec<_> = pods
        .iter()
        .filter(|pod| pod::is_instance(pod))
        .map(|pod| TestClusterDetail {
            available: lead.is_ready(pod),
            message: pod.metadata.name.clone().unwrap_or_default(),
            instance_type: lead.kind(pod).as_str().to_owned(),
        })
        .collect();
    instances.sort_by_key(|instance| instance.instance_type != "primary");
    instances
}

fn kind_of(service: &Service) -> &'static str {
    match service.metadata.name.as_deref().unwrap_or_default() {
        name if name.ends_with("-replica") => "replica",
        name if name.contains("-pgbouncer") => "pgbouncer",
        _ => "primary",
    }
}

fn address(service: &Service) -> &str {
    service
        .spec
        .as_ref()
        .and_then(|spec| spec.cluster_ip.as_deref())
        .unwrap_or_default()
}

/// Whether somebody answers behind a Service. One with a selector leads to the ready pods it selects; one without
/// leads where its `EndpointSlices` say.
fn is_available(
    service: &Service,
    slices: &[Arc<EndpointSlice>],
    pods: &[Arc<Pod>],
    lead: &pod::Lead,
) -> bool {
    let selector = service
        .spec
        .as_ref()
        .and_then(|spec| spec.selector.as_ref())
        .filter(|it| !it.is_empty());
    if let Some(selector) = selector {
        return pods
            .iter()
            .any(|pod| is_selected(pod, selector) && lead.is_ready(pod));
    }
    let name = service.metadata.name.as_deref().unwrap_or_default();
    let own = slices
        .iter()
        .filter(|slice| value(&slice.metadata, labels::SLICE_SERVICE) == name);
    own.flat_map(|slice| &slice.endpoints)
        .any(|endpoint| leads_somewhere(endpoint, pods, lead))
}

fn is_selected(pod: &Pod, selector: &BTreeMap<String, String>) -> bool {
    selector
        .iter()
        .all(|(key, wanted)| value(&pod.metadata, key) == wanted)
}

/// An endpoint may outlive the pod that it leads to; only a ready pod answers.
fn leads_somewhere(endpoint: &Endpoint, pods: &[Arc<Pod>], lead: &pod::Lead) -> bool {
    let ready = endpoint
        .conditions
        .as_ref()
        .and_then(|conditions| conditions.ready)
        .unwrap_or(true);
    let address_of = |pod: &Pod| pod.status.as_ref().and_then(|status| status.pod_ip.clone());
    let behind =
        |pod: &&Arc<Pod>| address_of(pod).is_some_and(|address| endpoint.addresses.contains(&address));
    ready && pods.iter().find(behind).is_some_and(|pod| lead.is_ready(pod))
}
