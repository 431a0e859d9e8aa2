use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pgo_crd::PgclusterSpec;
use pgo_plan::event::{Event, Reason};
use pgo_plan::plan::{Desired, Finalizer, Next};

use super::*;

use crate::testing::Server;

const CLUSTER: &str = "apis/crunchydata.com/v1/namespaces/ns/pgclusters/hippo";

fn plan(state: &str) -> Plan {
    let ready = Condition {
        type_: READY.into(),
        status: "True".into(),
        reason: "AsAsked".into(),
        message: String::new(),
        last_transition_time: Time("2026-11-21T12:00:00Z".parse().unwrap()),
        observed_generation: Some(3),
    };
    let status = PgclusterStatus {
        state: state.into(),
        observed_generation: Some(3),
        conditions: vec![ready],
        ..PgclusterStatus::default()
    };
    Plan {
        objects: Desired::default(),
        requires: vec![],
        action: None,
        finalizer: Finalizer::Leave,
        labels: BTreeMap::new(),
        status,
        replicas: BTreeMap::new(),
        tasks: BTreeMap::new(),
        waiting_on: vec![],
        events: vec![],
        next: Next::AwaitChange,
    }
}

async fn world() -> (Server, Kube, Pgcluster) {
    let server = Server::default();
    let mut cluster = Pgcluster::new("hippo", PgclusterSpec::default());
    cluster.metadata.namespace = Some("ns".into());
    server.put(&cluster);
    let kube = server.kube().await;
    let cluster = Pgcluster::clone(&kube.caches.clusters.get("ns", "hippo").unwrap());
    (server, kube, cluster)
}

fn failed(failure: Error) -> Outcome {
    Outcome {
        failure: Some(failure),
        ..Outcome::default()
    }
}

#[tokio::test]
async fn a_status_is_written_once_and_to_the_status_alone() {
    let (server, kube, cluster) = world().await;
    assert!(
        kube.record(&cluster, &plan("one"), &Outcome::default())
            .await
            .unwrap()
    );
    assert_eq!(server.take_writes(), ["APPLY pgclusters/hippo/status"]);
    // The object that the pass began with is old by now; what the server answered counts.
    assert!(
        !kube
            .record(&cluster, &plan("one"), &Outcome::default())
            .await
            .unwrap()
    );
    assert_eq!(server.take_writes(), Vec::<String>::new());
    assert!(
        kube.record(&cluster, &plan("two"), &Outcome::default())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_plan_that_was_not_carried_out_does_not_answer_its_generation() {
    let (server, kube, cluster) = world().await;
    let slow = Error::TooSlow {
        verb: Verb::Apply,
        object: ObjectName::of::<Pgcluster>("ns", "x"),
    };
    kube.record(&cluster, &plan("one"), &failed(slow)).await.unwrap();
    let status = &server.object(CLUSTER).unwrap()["status"];
    assert_eq!(status["observedGeneration"], Value::Null);
    assert_eq!(
        status["conditions"][0]["status"], "True",
        "trying again may help, so nobody is alarmed"
    );
}

#[tokio::test]
async fn what_the_user_must_change_is_said_in_a_condition_and_said_once() {
    let (server, kube, cluster) = world().await;
    let foreign = || Error::Foreign {
        object: ObjectName::of::<Pgcluster>("ns", "x"),
        cluster: "hippo".into(),
    };
    kube.record(&cluster, &plan("one"), &failed(foreign()))
        .await
        .unwrap();
    let ready = server.object(CLUSTER).unwrap()["status"]["conditions"][0].clone();
    assert_eq!(
        (&ready["type"], &ready["status"], &ready["reason"]),
        (&json!("Ready"), &json!("False"), &json!("WriteRefused"))
    );
    assert!(ready["message"].as_str().unwrap().contains("exists already"));
    assert!(
        !kube
            .record(&cluster, &plan("one"), &failed(foreign()))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_status_is_not_written_to_a_namesake() {
    let (server, kube, cluster) = world().await;
    server.remove(CLUSTER);
    let mut namesake = cluster.clone();
    namesake.metadata.uid = None;
    server.put(&namesake);
    kube.record(&cluster, &plan("one"), &Outcome::default())
        .await
        .unwrap();
    assert_eq!(server.object(CLUSTER).unwrap()["status"], Value::Null);
}

#[tokio::test]
async fn every_event_is_told_with_its_own_note() {
    let (server, kube, cluster) = world().await;
    let mut plan = plan("one");
    let event = |note: &str| Event {
        reason: Reason::ReplicaCreated,
        note: note.into(),
    };
    plan.events = vec![event("one came"), event("another came")];
    kube.record(&cluster, &plan, &Outcome::default()).await.unwrap();
    let calls = server.take_calls();
    let notes: Vec<_> = calls
        .iter()
        .filter(|call| call.target.starts_with("events/"))
        .map(|call| &call.body["note"])
        .collect();
    assert_eq!(notes, ["one came", "another came"]);
}

#[tokio::test]
async fn nothing_is_said_of_a_replica_that_is_not_there() {
    let (server, kube, cluster) = world().await;
    let mut plan = plan("one");
    plan.replicas.insert("gone".into(), PgreplicaStatus::default());
    kube.record(&cluster, &plan, &Outcome::default()).await.unwrap();
    assert_eq!(server.take_writes(), ["APPLY pgclusters/hippo/status"]);
}
