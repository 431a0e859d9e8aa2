//! Conversations with an API server in memory: which calls, in which order, with which preconditions.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgcluster, PgclusterStatus, Pgreplica};
use pgo_plan::plan::{Action, Desired, Exactly, Finalizer, Kind, Next, Plan};
use pgo_plan::secret::{Absent, SecretContent, SecretOnce};
use serde_json::{Value, json};

use crate::call::Kube;
use crate::error::{Error, Remedy};
use crate::testing::{Fault, Server};

const CLUSTER: &str = "apis/crunchydata.com/v1/namespaces/ns/pgclusters/hippo";
const SERVICE: &str = "api/v1/namespaces/ns/services/hippo";
const JOB: &str = "apis/batch/v1/namespaces/ns/jobs/hippo-stanza-create";

fn meta(name: &str) -> Value {
    json!({ "name": name, "namespace": "ns", "labels": { "vendor": "crunchydata", "pg-cluster": "hippo" } })
}

fn object<K: serde::de::DeserializeOwned>(name: &str, mut rest: Value) -> K {
    rest["metadata"] = meta(name);
    serde_json::from_value(rest).unwrap()
}

fn secret(name: &str, content: SecretContent) -> SecretOnce {
    SecretOnce {
        metadata: serde_json::from_value::<ObjectMeta>(meta(name)).unwrap(),
        content,
        absent: Absent::Make,
    }
}

/// One object of every kind that a plan can want.
fn desired() -> Desired {
    let leaf = SecretContent::Leaf {
        authority: "hippo-ca".into(),
        common_name: "i".into(),
        names: vec![],
    };
    let slice = json!({"addressType": "IPv4", "endpoints": []});
    let mut slice: EndpointSlice = object("hippo", slice);
    slice.metadata.labels.get_or_insert_default().insert(
        "endpointslice.kubernetes.io/managed-by".into(),
        "pgo-agent".into(),
    );
    Desired {
        secrets: vec![
            secret("hippo-instance-tls", leaf),
            secret(
                "hippo-ca",
                SecretContent::Authority {
                    common_name: "hippo".into(),
                },
            ),
            secret(
                "hippo-postgres-secret",
                SecretContent::Login {
                    username: "postgres".into(),
                    length: 24,
                },
            ),
        ],
        config_maps: vec![object::<ConfigMap>(
            "hippo-pgha-default-config",
            json!({"data": {"init": "true"}}),
        )],
        services: vec![object::<Service>(
            "hippo",
            json!({"spec": {"ports": [{"name": "postgres", "port": 5432}]}}),
        )],
        endpoint_slices: vec![slice],
        claims: vec![object::<PersistentVolumeClaim>("hippo", json!({"spec": {}}))],
        replicas: vec![object::<Pgreplica>(
            "hippo-abcd",
            json!({"spec": {"clustername": "hippo"}}),
        )],
        jobs: vec![object::<Job>(
            "hippo-stanza-create",
            json!({"spec": {"template": {}}}),
        )],
        deployments: vec![object::<Deployment>(
            "hippo",
            json!({"spec": {"replicas": 1, "selector": {}, "template": {}}}),
        )],
    }
}

fn plan(objects: Desired) -> Plan {
    Plan {
        objects,
        requires: vec![],
        action: None,
        finalizer: Finalizer::Hold,
        labels: [("current-primary".to_owned(), "hippo".to_owned())].into(),
        status: PgclusterStatus::default(),
        replicas: BTreeMap::default(),
        tasks: BTreeMap::default(),
        waiting_on: vec![],
        events: vec![],
        next: Next::AwaitChange,
    }
}

/// A server with one cluster, hands on it, and the cluster as they see it.
async fn world() -> (Server, Kube, Pgcluster) {
    let server = Server::default();
    server.put(&object::<Pgcluster>("hippo", json!({"spec": {}})));
    let kube = server.kube().await;
    let cluster = known(&kube);
    (server, kube, cluster)
}

fn known(kube: &Kube) -> Pgcluster {
    Pgcluster::clone(&kube.caches.clusters.get("ns", "hippo").unwrap())
}

#[tokio::test]
async fn a_birth_holds_the_finalizer_first_and_writes_workloads_last() {
    let (server, kube, cluster) = world().await;
    let outcome = kube.apply(&cluster, &plan(desired())).await;
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);

    let calls: Vec<_> = server
        .take_calls()
        .iter()
        .map(crate::testing::Call::line)
        .collect();
    let at = |line: &str| {
        calls
            .iter()
            .position(|it| it == line)
            .unwrap_or_else(|| panic!("{line} in {calls:#?}"))
    };
    let hold = at("PATCH pgclusters/hippo");
    let needed = [
        "APPLY configmaps/hippo-pgha-default-config",
        "APPLY services/hippo",
    ];
    assert!(
        needed
            .iter()
            .all(|line| hold < at(line) && at(line) < at("APPLY deployments/hippo")),
        "{calls:#?}"
    );
    let finalizers = &server.object(CLUSTER).unwrap()["metadata"]["finalizers"];
    assert_eq!(*finalizers, json!(["crunchydata.com/pgcluster"]));
}

#[tokio::test]
async fn applying_the_same_again_sends_nothing() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    server.take_calls();
    let outcome = kube.apply(&known(&kube), &plan(desired())).await;
    assert!(!outcome.changed_the_world() && outcome.is_complete());
    assert_eq!(server.take_calls(), vec![]);
}

#[tokio::test]
async fn a_restarted_operator_sends_nothing_either() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let kube = server.kube().await;
    server.take_calls();
    kube.apply(&known(&kube), &plan(desired())).await;
    assert_eq!(server.take_calls(), vec![]);
}

#[tokio::test]
async fn only_what_someone_changed_is_repaired() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let mut service = server.object(SERVICE).unwrap();
    service["spec"]["ports"] = json!([]);
    server.put(&service);
    let kube = server.kube().await;
    server.take_calls();
    kube.apply(&known(&kube), &plan(desired())).await;
    assert_eq!(server.take_writes(), ["APPLY services/hippo"]);
    assert_eq!(
        server.object(SERVICE).unwrap()["spec"]["ports"][0]["port"],
        json!(5432)
    );
}

#[tokio::test]
async fn a_wish_that_changed_is_applied() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    server.take_calls();
    let mut wanted = desired();
    wanted.config_maps[0]
        .data
        .get_or_insert_default()
        .insert("init".into(), "false".into());
    kube.apply(&known(&kube), &plan(wanted)).await;
    assert_eq!(
        server.take_writes(),
        ["APPLY configmaps/hippo-pgha-default-config"]
    );
}

#[tokio::test]
async fn a_service_that_is_not_ours_is_not_taken_over() {
    let (server, kube, cluster) = world().await;
    let theirs = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "hippo", "namespace": "ns"}, "spec": {},
    });
    let theirs = server.put(&theirs);
    let outcome = kube.apply(&cluster, &plan(desired())).await;
    let failure = outcome.failure.unwrap();
    assert!(matches!(&failure, Error::Foreign { .. }) && failure.remedy() == Remedy::Fix);
    assert!(
        failure.to_string().starts_with("Service ns/hippo exists already"),
        "{failure}"
    );
    assert_eq!(server.object(SERVICE).unwrap(), theirs);
    assert_eq!(server.take_writes(), ["PATCH pgclusters/hippo"]);
}

#[tokio::test]
async fn a_volume_or_a_slice_that_is_not_ours_is_not_used() {
    let theirs = [
        ("v1", "PersistentVolumeClaim", json!(null)),
        (
            "v1",
            "PersistentVolumeClaim",
            json!({"vendor": "crunchydata", "pg-cluster": "rhino"}),
        ),
        ("discovery.k8s.io/v1", "EndpointSlice", json!({"app": "theirs"})),
    ];
    for (version, kind, labels) in theirs {
        let (server, _, cluster) = world().await;
        server.put(&json!({
            "apiVersion": version, "kind": kind, "addressType": "IPv4", "endpoints": [],
            "metadata": {"name": "hippo", "namespace": "ns", "labels": labels},
        }));
        let kube = server.kube().await;
        let outcome = kube.apply(&cluster, &plan(desired())).await;
        let failure = outcome.failure.unwrap();
        assert!(
            failure
                .to_string()
                .starts_with(&format!("{kind} ns/hippo exists already")),
            "{failure}"
        );
        let writes = server.take_writes();
        assert!(
            !writes.iter().any(|write| write.contains("deployments")),
            "{writes:?}"
        );
    }
}

#[tokio::test]
async fn a_deployment_of_another_cluster_is_not_taken_over() {
    let (server, _, cluster) = world().await;
    let mut theirs: Value = json!(desired().deployments[0]);
    theirs["metadata"]["labels"]["pg-cluster"] = json!("rhino");
    let theirs = server.put(&theirs);
    let kube = server.kube().await;
    let failure = kube.apply(&cluster, &plan(desired())).await.failure.unwrap();
    assert!(matches!(&failure, Error::Foreign { .. }), "{failure}");
    let path = "apis/apps/v1/namespaces/ns/deployments/hippo";
    assert_eq!(server.object(path).unwrap(), theirs);
}

#[tokio::test]
async fn an_existing_secret_is_never_overwritten() {
    let (server, kube, cluster) = world().await;
    // It has no labels, so the caches do not know it.
    let theirs = server.put(&json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "hippo-postgres-secret", "namespace": "ns"}, "data": {"password": "eA=="},
    }));
    let outcome = kube.apply(&cluster, &plan(desired())).await;
    assert!(outcome.is_complete());
    assert_eq!(
        server
            .object("api/v1/namespaces/ns/secrets/hippo-postgres-secret")
            .unwrap(),
        theirs
    );
}

#[tokio::test]
async fn a_password_that_is_in_use_is_not_made_anew_but_missed() {
    const LOGIN: &str = "api/v1/namespaces/ns/secrets/hippo-postgres-secret";
    let (server, kube, cluster) = world().await;
    let mut used = desired();
    let login = used.secrets.last_mut().unwrap();
    login.absent = Absent::Complain;
    let outcome = kube.apply(&cluster, &plan(used.clone())).await;
    let failure = outcome.failure.unwrap();
    assert!(
        matches!(&failure, Error::Lost { .. }) && failure.remedy() == Remedy::Fix,
        "{failure}"
    );
    assert!(server.object(LOGIN).is_none());
    let writes = server.take_writes();
    assert!(
        writes.contains(&"APPLY deployments/hippo".to_owned()),
        "it keeps nothing else from being written: {writes:?}"
    );

    // Made again by hand, without the labels that we would have given it.
    server.put(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hippo-postgres-secret", "namespace": "ns"},
    }));
    let outcome = kube.apply(&known(&kube), &plan(used)).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
}

#[tokio::test(start_paused = true)]
async fn dying_before_or_after_any_write_is_made_good_by_the_next_pass() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let calm = without_data(server.world());
    let writes = server.take_writes().len();
    assert!(10 < writes);

    for fault in [Fault::RequestLost, Fault::AnswerLost, Fault::Refused(500)] {
        for at in 0..writes {
            let (server, kube, cluster) = world().await;
            server.fault(at, fault);
            let pass = async { kube.apply(&cluster, &plan(desired())).await };
            // The process dies while it waits for the answer that does not come.
            drop(tokio::time::timeout(Duration::from_secs(1), pass).await);

            let reborn = server.kube().await;
            let outcome = reborn.apply(&known(&reborn), &plan(desired())).await;
            assert!(
                outcome.failure.is_none(),
                "{fault:?} at {at}: {:?}",
                outcome.failure
            );
            assert_eq!(without_data(server.world()), calm, "{fault:?} at {at}");
        }
    }
}

/// Passwords and keys differ from life to life.
fn without_data(world: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let plain = |(path, mut object): (String, Value)| {
        if path.contains("/secrets/") {
            object["data"] = json!(object["data"].as_object().unwrap().keys().collect::<Vec<_>>());
            object["metadata"]["annotations"] = json!(null);
        }
        (path, object)
    };
    world.into_iter().map(plain).collect()
}

#[tokio::test]
async fn a_leaf_is_signed_by_the_authority_that_exists_already() {
    let (server, kube, cluster) = world().await;
    let mut wanted = desired();
    let leaf = wanted.secrets.remove(0);
    kube.apply(&cluster, &plan(wanted.clone())).await;
    wanted.secrets.push(leaf);
    let reborn = server.kube().await;
    let outcome = reborn.apply(&known(&reborn), &plan(wanted)).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
    let data = |name: &str| {
        server
            .object(&format!("api/v1/namespaces/ns/secrets/{name}"))
            .unwrap()["data"]
            .clone()
    };
    assert_eq!(data("hippo-instance-tls")["ca.crt"], data("hippo-ca")["ca.crt"]);
}

#[tokio::test]
async fn a_certificate_is_renewed_and_stays_when_that_is_impossible() {
    const LEAF: &str = "api/v1/namespaces/ns/secrets/hippo-instance-tls";
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let old = server.object(LEAF).unwrap();
    let mut leaf = desired().secrets.remove(0);
    leaf.metadata.annotations = Some([("before".to_owned(), "it".to_owned())].into());
    let mut renewal = plan(desired());
    renewal.action = Some(Action::Renew {
        secret: Box::new(leaf),
        instead_of: old["metadata"]["uid"].as_str().unwrap().to_owned(),
    });
    server.take_calls();
    let outcome = kube.apply(&known(&kube), &renewal).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
    assert_eq!(
        server.take_writes(),
        [
            "DELETE secrets/hippo-instance-tls",
            "POST secrets/hippo-instance-tls"
        ]
    );
    let new = server.object(LEAF).unwrap();
    assert_ne!(new["data"]["tls.crt"], old["data"]["tls.crt"]);
    assert_eq!(new["data"]["ca.crt"], old["data"]["ca.crt"]);
    let annotations = new["metadata"]["annotations"].as_object().unwrap();
    assert!(annotations.contains_key("before") && annotations.contains_key("pgo.crunchydata.com/not-after"));

    // An old view wants the same again: the precondition saves the new one.
    assert!(!kube.apply(&known(&kube), &renewal).await.is_complete());
    assert_eq!(server.object(LEAF).unwrap(), new);

    if let Some(Action::Renew { instead_of, .. }) = &mut renewal.action {
        *instead_of = new["metadata"]["uid"].as_str().unwrap().to_owned();
    }
    server.put(&json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "hippo-ca", "namespace": "ns", "labels": {"vendor": "crunchydata", "pg-cluster": "hippo"}},
    }));
    assert!(!kube.apply(&known(&kube), &renewal).await.is_complete());
    assert_eq!(
        server.object(LEAF).unwrap(),
        new,
        "without its authority nothing is lost"
    );
}

#[tokio::test]
async fn a_finished_job_is_replaced_but_not_a_younger_namesake() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let old = server.object(JOB).unwrap()["metadata"]["uid"].clone();
    let job: Job = object(
        "hippo-stanza-create",
        json!({"spec": {"backoffLimit": 0, "template": {}}}),
    );
    let mut again = plan(desired());
    again.action = Some(Action::Replace {
        job: Box::new(job),
        instead_of: old.as_str().unwrap().to_owned(),
    });
    server.take_calls();
    let outcome = kube.apply(&known(&kube), &again).await;
    assert!(outcome.is_complete());
    assert_eq!(
        server.take_writes(),
        ["DELETE jobs/hippo-stanza-create", "POST jobs/hippo-stanza-create"]
    );
    let new = server.object(JOB).unwrap()["metadata"]["uid"].clone();
    assert_ne!(new, old);

    // A stale plan wants the same again: the precondition saves the new Job.
    let outcome = kube.apply(&known(&kube), &again).await;
    assert!(!outcome.is_complete());
    assert_eq!(server.object(JOB).unwrap()["metadata"]["uid"], new);
}

#[tokio::test]
async fn deleting_what_is_gone_or_was_replaced_succeeds() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let exactly = |kind, name: &str, uid: &str| Exactly {
        kind,
        name: name.into(),
        uid: Some(uid.into()),
        version: None,
    };
    let mut removal = plan(Desired::default());
    removal.action = Some(Action::Delete(vec![
        exactly(Kind::Deployment, "gone", "uid-0"),
        exactly(Kind::Service, "hippo", "uid-of-an-older-one"),
    ]));
    let outcome = kube.apply(&known(&kube), &removal).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
    assert!(server.object(SERVICE).is_some());
}

/// A plan that makes everything, and takes a replica's Deployment away.
async fn with_a_deployment_to_go() -> (Server, Kube, Pgcluster, Plan) {
    let (server, _, cluster) = world().await;
    let deployment = object::<Deployment>("hippo-gone", json!({"spec": {"selector": {}, "template": {}}}));
    let there = server.put(&deployment);
    let mut wanted = plan(desired());
    wanted.action = Some(Action::Delete(vec![Exactly {
        kind: Kind::Deployment,
        name: "hippo-gone".into(),
        uid: there["metadata"]["uid"].as_str().map(str::to_owned),
        version: None,
    }]));
    (server.clone(), server.kube().await, cluster, wanted)
}

const DELETED: &str = "DELETE deployments/hippo-gone";

#[tokio::test]
async fn what_shall_go_goes_also_when_something_else_cannot_be_made() {
    let (server, kube, cluster, wanted) = with_a_deployment_to_go().await;
    server.fault(1, Fault::Refused(403));
    let outcome = kube.apply(&cluster, &wanted).await;
    assert_eq!(outcome.failure.unwrap().remedy(), Remedy::Fix);
    let writes = server.take_writes();
    assert!(writes.iter().any(|write| write == DELETED), "{writes:?}");
}

#[tokio::test]
async fn nothing_goes_while_the_finalizer_is_not_held_or_the_view_is_old() {
    let (server, kube, cluster, wanted) = with_a_deployment_to_go().await;
    server.fault(0, Fault::Refused(403));
    assert!(!kube.apply(&cluster, &wanted).await.is_complete());

    let mut outdated = wanted;
    outdated.requires = vec![Exactly {
        kind: Kind::Pgreplica,
        name: "hippo-abcd".into(),
        uid: Some("uid-of-one-that-is-gone".into()),
        version: None,
    }];
    assert!(!kube.apply(&cluster, &outdated).await.is_complete());
    let writes = server.take_writes();
    assert!(!writes.iter().any(|write| write == DELETED), "{writes:?}");
}

#[tokio::test]
async fn the_finalizer_is_released_even_if_our_view_was_behind() {
    let (server, kube, cluster) = world().await;
    kube.apply(&cluster, &plan(desired())).await;
    let stale = known(&kube);
    let mut changed = server.object(CLUSTER).unwrap();
    changed["metadata"]["finalizers"] = json!(["theirs", "crunchydata.com/pgcluster"]);
    changed["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    server.put(&changed);
    let mut release = plan(Desired::default());
    release.finalizer = Finalizer::Release;
    release.labels.clear();
    let outcome = kube.apply(&stale, &release).await;
    assert!(outcome.released, "{:?}", outcome.failure);
    assert_eq!(
        server.object(CLUSTER).unwrap()["metadata"]["finalizers"],
        json!(["theirs"])
    );
}

#[tokio::test]
async fn a_finalizer_is_not_added_to_what_is_being_deleted() {
    let (server, _, _) = world().await;
    let mut dying = server.object(CLUSTER).unwrap();
    dying["metadata"]["finalizers"] = json!(["theirs"]);
    dying["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    server.put(&dying);
    let kube = server.kube().await;
    let mut wanted = plan(Desired::default());
    wanted.labels.clear();
    let outcome = kube.apply(&known(&kube), &wanted).await;
    assert!(outcome.is_complete() && !outcome.changed_the_world());
}

/// A plan that makes a volume for a replica which exists as `uid`.
fn for_replica(uid: &Value) -> Plan {
    let claims = vec![object::<PersistentVolumeClaim>("hippo-abcd", json!({"spec": {}}))];
    let mut wanted = plan(Desired {
        claims,
        ..Desired::default()
    });
    let uid = uid.as_str().unwrap().to_owned();
    wanted.requires = vec![Exactly {
        kind: Kind::Pgreplica,
        name: "hippo-abcd".into(),
        uid: Some(uid),
        version: None,
    }];
    wanted
}

#[tokio::test]
async fn a_volume_is_made_only_for_who_is_there_still() {
    let (server, kube, cluster) = world().await;
    let replica = object::<Pgreplica>("hippo-abcd", json!({"spec": {"clustername": "hippo"}}));
    let uid = server.put(&replica)["metadata"]["uid"].clone();
    let claim = "api/v1/namespaces/ns/persistentvolumeclaims/hippo-abcd";

    server.remove("apis/crunchydata.com/v1/namespaces/ns/pgreplicas/hippo-abcd");
    let outcome = kube.apply(&cluster, &for_replica(&uid)).await;
    let failure = outcome.failure.unwrap();
    assert!(
        matches!(&failure, Error::Outdated { .. }) && failure.remedy() == Remedy::Retry,
        "{failure}"
    );

    let namesake = server.put(&replica)["metadata"]["uid"].clone();
    assert!(!kube.apply(&cluster, &for_replica(&uid)).await.is_complete());
    assert!(server.object(claim).is_none());

    assert!(kube.apply(&cluster, &for_replica(&namesake)).await.is_complete());
    assert!(server.object(claim).is_some());
}

#[tokio::test]
async fn nobody_is_asked_for_when_nothing_is_to_be_made() {
    let (server, kube, cluster) = world().await;
    let replica = object::<Pgreplica>("hippo-abcd", json!({"spec": {"clustername": "hippo"}}));
    let uid = server.put(&replica)["metadata"]["uid"].clone();
    kube.apply(&cluster, &for_replica(&uid)).await;
    server.take_calls();
    assert!(kube.apply(&known(&kube), &for_replica(&uid)).await.is_complete());
    assert_eq!(server.take_calls(), vec![]);
}

#[tokio::test]
async fn of_config_maps_that_are_not_watched_only_patronis_are_deleted() {
    let (server, kube, cluster) = world().await;
    let config_map = |name: &str, labels: Value| {
        server.put(&json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "ns", "labels": labels},
        }))
    };
    config_map(
        "hippo-leader",
        json!({"vendor": "crunchydata", "crunchy-pgha-scope": "hippo"}),
    );
    config_map("hippo-config", json!({"app": "theirs"}));
    let exactly = |name: &str| Exactly {
        kind: Kind::ConfigMap,
        name: name.into(),
        uid: None,
        version: None,
    };
    let mut removal = plan(Desired::default());
    removal.action = Some(Action::Delete(
        ["hippo-leader", "hippo-config", "hippo-sync"].map(exactly).into(),
    ));
    let outcome = kube.apply(&cluster, &removal).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failure);
    assert!(
        server
            .object("api/v1/namespaces/ns/configmaps/hippo-leader")
            .is_none()
    );
    assert!(
        server
            .object("api/v1/namespaces/ns/configmaps/hippo-config")
            .is_some()
    );
}
