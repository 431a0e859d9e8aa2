use serde_json::json;

use super::*;
use crate::testing::Server;

const LEASE: &str = "apis/coordination.k8s.io/v1/namespaces/pgo/leases/postgres-operator";
const POD: &str = "api/v1/namespaces/pgo/pods/one";

fn lease(server: &Server, me: Holder) -> Lease {
    Lease::new(server.client(), "pgo", "postgres-operator", me)
}

fn pod(name: &str) -> Holder {
    Holder::Pod {
        name: name.into(),
        uid: format!("uid-of-{name}"),
    }
}

fn run(server: &Server, name: &str) {
    server.put(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "pgo", "uid": format!("uid-of-{name}")},
        "status": {"phase": "Running"},
    }));
}

async fn waits(lease: &Lease) -> bool {
    tokio::time::timeout(Duration::from_mins(10), lease.acquire())
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn a_second_pod_waits_as_long_as_the_first_lives() {
    let server = Server::default();
    run(&server, "one");
    run(&server, "two");
    let (one, two) = (lease(&server, pod("one")), lease(&server, pod("two")));
    one.acquire().await;
    assert!(waits(&two).await);
    server.remove(POD);
    two.acquire().await;
    assert!(!one.is_ours(&one.read().await.unwrap().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn who_holds_a_lease_in_a_pod_never_writes_again() {
    let server = Server::default();
    run(&server, "one");
    let one = lease(&server, pod("one"));
    one.acquire().await;
    server.take_calls();
    assert!(
        tokio::time::timeout(Duration::from_hours(1), one.lost())
            .await
            .is_err()
    );
    assert_eq!(server.take_writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn who_is_deposed_learns_it() {
    let server = Server::default();
    run(&server, "one");
    let one = lease(&server, pod("one"));
    one.acquire().await;
    let deposed = async {
        sleep(Duration::from_secs(5)).await;
        server.remove(POD);
        lease(&server, pod("two")).acquire().await;
    };
    tokio::join!(one.lost(), deposed);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_restarts_in_the_same_pod_goes_on_at_once() {
    let server = Server::default();
    run(&server, "one");
    lease(&server, pod("one")).acquire().await;
    server.take_calls();
    lease(&server, pod("one")).acquire().await;
    assert_eq!(server.take_writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_taken_at_once() {
    let server = Server::default();
    run(&server, "one");
    let one = lease(&server, pod("one"));
    one.acquire().await;
    one.release().await.unwrap();
    let begun = Instant::now();
    lease(&server, pod("two")).acquire().await;
    assert!(begun.elapsed() < LOOK_EVERY);
    assert_eq!(
        server.object(LEASE).unwrap()["spec"]["holderIdentity"],
        "pod/two/uid-of-two"
    );
}

#[tokio::test(start_paused = true)]
async fn a_process_renews_and_is_succeeded_only_when_it_falls_silent() {
    let server = Server::default();
    let one = lease(&server, Holder::Process("one".into()));
    let two = lease(&server, Holder::Process("two".into()));
    one.acquire().await;
    tokio::select! {
        () = one.lost() => panic!("nobody took it"),
        waited = waits(&two) => assert!(waited),
    }
    let begun = Instant::now();
    two.acquire().await;
    assert!(DEAD_AFTER <= begun.elapsed() + RENEW_EVERY && begun.elapsed() < DEAD_AFTER * 2);
}

#[test]
fn a_pod_has_ended_when_it_had_its_time_or_is_another() {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let pod = |meta: serde_json::Value, phase: &str| -> Pod {
        serde_json::from_value(json!({"metadata": meta, "status": {"phase": phase}})).unwrap()
    };
    let has_ended = |pod: &Pod| ended(pod, "u", now);
    assert!(!has_ended(&pod(json!({"uid": "u"}), "Running")));
    assert!(!has_ended(&pod(
        json!({"uid": "u", "deletionTimestamp": "2026-11-21T12:00:20Z"}),
        "Running"
    )));
    assert!(!has_ended(&pod(
        json!({"uid": "u", "deletionTimestamp": "2026-11-21T11:59:55Z"}),
        "Running"
    )));
    assert!(has_ended(&pod(
        json!({"uid": "u", "deletionTimestamp": "2026-11-21T11:59:40Z"}),
        "Running"
    )));
    assert!(has_ended(&pod(json!({"uid": "u"}), "Failed")));
    assert!(has_ended(&pod(json!({"uid": "another"}), "Running")));
}
