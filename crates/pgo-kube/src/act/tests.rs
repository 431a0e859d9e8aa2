//! Actions against an API server in memory: what is written, and what keeps it from being written.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::Pgcluster;
use pgo_plan::plan::{Action, Exactly, Kind};
use serde_json::{Value, json};

use crate::call::Kube;
use crate::error::Remedy;
use crate::label::LAST_PRIMARY;
use crate::testing::Server;

const CLAIM: &str = "api/v1/namespaces/ns/persistentvolumeclaims/hippo";
const SLICE: &str = "apis/discovery.k8s.io/v1/namespaces/ns/endpointslices/hippo";

fn object<K: serde::de::DeserializeOwned>(rest: Value) -> K {
    let mut object = rest;
    object["metadata"] = json!({"name": "hippo", "namespace": "ns", "labels": {
        "vendor": "crunchydata", "pg-cluster": "hippo", "endpointslice.kubernetes.io/managed-by": "pgo-agent",
    }});
    serde_json::from_value(object).unwrap()
}

fn slice(address: &str) -> EndpointSlice {
    object(json!({"addressType": "IPv4", "endpoints": [{"addresses": [address]}]}))
}

async fn hands(server: &Server) -> (Kube, Pgcluster) {
    (server.kube().await, object(json!({"spec": {}})))
}

fn metadata(server: &Server, path: &str) -> ObjectMeta {
    serde_json::from_value(server.object(path).unwrap()["metadata"].clone()).unwrap()
}

fn mark(claim: Exactly, last_primary: Option<&str>) -> Action {
    Action::Mark {
        claims: vec![claim],
        last_primary: last_primary.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_volume_is_told_whose_was_the_last_primarys_and_forgets_it() {
    let server = Server::default();
    server.put(&object::<PersistentVolumeClaim>(json!({"spec": {}})));
    let (kube, cluster) = hands(&server).await;
    for last in [Some("hippo-vcpv"), Some("hippo"), None] {
        let claim = Exactly::new(Kind::PersistentVolumeClaim, &metadata(&server, CLAIM));
        let outcome = kube.act(&cluster, &mark(claim, last)).await;
        assert!(outcome.is_complete(), "{:?}", outcome.failure);
        let said = |meta: &ObjectMeta| {
            let annotations = meta.annotations.clone().unwrap_or_default();
            annotations.get(LAST_PRIMARY).cloned()
        };
        assert_eq!(said(&metadata(&server, CLAIM)).as_deref(), last);
        // Whoever looks next sees it, whether or not a watch has told.
        let known = kube.caches.claims.get("ns", "hippo").unwrap();
        assert_eq!(said(&known.metadata).as_deref(), last);
    }
}

#[tokio::test]
async fn a_volume_that_is_gone_is_told_nothing_and_a_namesake_neither() {
    let server = Server::default();
    let (kube, cluster) = hands(&server).await;
    let claim = Exactly {
        kind: Kind::PersistentVolumeClaim,
        name: "hippo".into(),
        uid: Some("uid-of-an-older-one".into()),
        version: None,
    };
    let outcome = kube.act(&cluster, &mark(claim.clone(), Some("hippo"))).await;
    assert!(
        outcome.is_complete() && !outcome.changed_the_world(),
        "{:?}",
        outcome.failure
    );
    server.put(&object::<PersistentVolumeClaim>(json!({"spec": {}})));
    let outcome = kube.act(&cluster, &mark(claim, Some("hippo"))).await;
    assert_eq!(outcome.failure.unwrap().remedy(), Remedy::Retry);
    assert_eq!(metadata(&server, CLAIM).annotations, None);
}

#[tokio::test]
async fn a_slice_that_has_changed_since_it_was_seen_stays() {
    let server = Server::default();
    server.put(&slice("10.0.0.1"));
    let (kube, cluster) = hands(&server).await;
    let seen = Exactly::as_seen(Kind::EndpointSlice, &metadata(&server, SLICE));
    let removal = Action::Delete(vec![seen.clone()]);
    // Another instance becomes the primary.
    let now = json!({"endpoints": [{"addresses": ["10.0.0.2"]}], "metadata": {"uid": seen.uid}});
    kube.merge::<EndpointSlice>("ns", "hippo", &now).await.unwrap();
    let outcome = kube.act(&cluster, &removal).await;
    assert_eq!(outcome.failure.unwrap().remedy(), Remedy::Retry);
    let seen = Exactly::as_seen(Kind::EndpointSlice, &metadata(&server, SLICE));
    let outcome = kube.act(&cluster, &Action::Delete(vec![seen])).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
    assert!(server.object(SLICE).is_none());
    assert!(kube.act(&cluster, &removal).await.is_complete(), "it is gone");
}
