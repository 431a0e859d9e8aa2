//! Whole passes, against an API server in memory.

use pgo_kube::cache::Caches;
use pgo_kube::client::Requests;
use pgo_kube::testing::Server;
use pgo_kube::{Kube, Scope};
use pgo_plan::defaults::{Images, InForce};
use serde_json::{Value, json};

use super::*;
use crate::config;
use crate::metrics::Metrics;

const BORN_LONG_AGO: &str = "2026-01-01T00:00:00Z";

fn path(kind: &str, name: &str) -> String {
    format!("apis/crunchydata.com/v1/namespaces/ns/{kind}/{name}")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "every caller makes the value on the spot"
)]
fn object(kind: &str, name: &str, spec: Value) -> Value {
    let labels = json!({ "vendor": "crunchydata", "pg-cluster": "hippo" });
    json!({
        "apiVersion": "crunchydata.com/v1", "kind": kind, "spec": spec,
        "metadata": {
            "name": name, "namespace": "ns", "labels": labels, "creationTimestamp": BORN_LONG_AGO, "generation": 1,
        },
    })
}

fn removal() -> Value {
    let parameters = json!({ "pg-cluster": "hippo", "delete-data": "true", "delete-backups": "true" });
    object(
        "Pgtask",
        "hippo-rmdata",
        json!({ "tasktype": "delete-data", "parameters": parameters }),
    )
}

fn built_in() -> InForce {
    config::start(None, Images::default()).unwrap()
}

/// Runs passes until one expects nothing more; each must follow from the one before at once.
async fn until_rest(server: &Server) -> Then {
    let kube = server.kube().await;
    let metrics = Metrics::new(Requests::default(), kube.caches.clone());
    let context = Arc::new(Context::new(kube, metrics, built_in()));
    let name = ClusterRef {
        namespace: "ns".into(),
        name: "hippo".into(),
    };
    for _ in 0..20 {
        let then = pass(Arc::clone(&context), name.clone()).await;
        if then != Then::Again {
            return then;
        }
    }
    panic!("no rest after twenty passes: {:#?}", server.take_writes());
}

fn why(object: &Value) -> &Value {
    &object["status"]["conditions"][0]["reason"]
}

#[tokio::test]
async fn a_new_cluster_gets_all_its_objects_and_then_waits() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({})));
    let rest = until_rest(&server).await;
    let long = Duration::from_hours(300 * 24);
    assert!(
        matches!(rest, Then::After(wait) if wait > long),
        "until a certificate has to be renewed: {rest:?}"
    );
    let world = server.world();
    for kind in [
        "deployments",
        "services",
        "secrets",
        "persistentvolumeclaims",
        "configmaps",
        "endpointslices",
    ] {
        assert!(
            world.keys().any(|path| path.contains(kind)),
            "{kind} in {:#?}",
            world.keys()
        );
    }
    let writes = server.take_writes();
    assert!(writes.len() < 25, "{writes:#?}");
    // The next operator finds everything as it should be.
    until_rest(&server).await;
    assert_eq!(server.take_writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_policy_is_said_to_make_sense_or_not_and_is_no_cluster() {
    let server = Server::default();
    for (spec, reason) in [(json!({ "sql": "select 1" }), "Valid"), (json!({}), "Invalid")] {
        server.put(&object("Pgpolicy", "hippo", spec));
        assert_eq!(until_rest(&server).await, Then::AwaitChange);
        assert_eq!(server.take_writes(), ["APPLY pgpolicies/hippo/status"]);
        assert_eq!(why(&server.object(&path("pgpolicies", "hippo")).unwrap()), reason);
        until_rest(&server).await;
        assert_eq!(server.take_writes(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_cluster_that_makes_no_sense_is_said_so_and_nothing_is_made() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({ "port": "99999" })));
    assert_eq!(until_rest(&server).await, Then::AwaitChange);
    let writes = server.take_writes();
    assert!(
        writes
            .iter()
            .all(|it| it.contains("/status") || it.contains(" events/")),
        "{writes:?}"
    );
    assert_eq!(
        server.object(&path("pgclusters", "hippo")).unwrap()["status"]["conditions"][0]["type"],
        "Accepted"
    );
}

#[tokio::test]
async fn a_cluster_that_cannot_be_read_is_said_so() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({ "userlabels": 5 })));
    assert_eq!(until_rest(&server).await, Then::AwaitChange);
    assert_eq!(
        why(&server.object(&path("pgclusters", "hippo")).unwrap()),
        "Unreadable"
    );
}

#[tokio::test]
async fn a_removal_takes_everything_along() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({})));
    until_rest(&server).await;
    server.put(&removal());
    until_rest(&server).await;
    assert_eq!(
        server
            .world()
            .into_keys()
            .filter(|path| !path.contains("/events/"))
            .collect::<Vec<_>>(),
        [""; 0]
    );
}

#[tokio::test]
async fn what_a_cluster_left_behind_goes_when_it_is_asked_for() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({})));
    until_rest(&server).await;
    // Deleted by hand, and gone: volumes and Secrets have stayed.
    for path in server
        .world()
        .keys()
        .filter(|it| !it.contains("/secrets/") && !it.contains("claims/"))
    {
        server.remove(path);
    }
    assert!(!server.world().is_empty());
    until_rest(&server).await;
    assert!(!server.world().is_empty(), "nobody has asked for it");
    server.put(&removal());
    until_rest(&server).await;
    assert_eq!(server.world().into_keys().collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test]
async fn requests_for_a_cluster_that_does_not_exist_are_refused() {
    let server = Server::default();
    server.put(&object(
        "Pgreplica",
        "hippo-abcd",
        json!({ "clustername": "hippo" }),
    ));
    let parameters = json!({ "is-replica": "true", "replica-name": "hippo-abcd" });
    server.put(&object(
        "Pgtask",
        "hippo-abcd-rmdata",
        json!({ "tasktype": "delete-data", "parameters": parameters }),
    ));
    server.put(&object("Pgtask", "hippo-tea", json!({ "tasktype": "brew-tea" })));
    assert_eq!(until_rest(&server).await, Then::AwaitChange);
    for (path, reason, state) in [
        (
            path("pgreplicas", "hippo-abcd"),
            "NoSuchCluster",
            "pgreplica Created",
        ),
        (
            path("pgtasks", "hippo-abcd-rmdata"),
            "NoSuchCluster",
            "pgtask Processed",
        ),
        (
            path("pgtasks", "hippo-tea"),
            "NotAvailableYet",
            "pgtask Processed",
        ),
    ] {
        let found = server.object(&path).unwrap();
        assert_eq!(
            (why(&found), &found["status"]["state"]),
            (&json!(reason), &json!(state)),
            "{path}"
        );
    }
    server.take_writes();
    until_rest(&server).await;
    assert_eq!(
        server.take_writes(),
        Vec::<String>::new(),
        "saying it once is enough"
    );
}

#[tokio::test]
async fn requests_that_name_no_cluster_are_refused_and_are_not_those_of_a_namesake() {
    let server = Server::default();
    server.put(&object("Pgcluster", "hippo", json!({})));
    for (kind, spec) in [
        (
            "Pgtask",
            json!({ "tasktype": "delete-data", "parameters": { "delete-data": "true" } }),
        ),
        ("Pgreplica", json!({})),
    ] {
        let mut stray = object(kind, "hippo", spec);
        stray["metadata"]["labels"] = json!({});
        server.put(&stray);
    }
    until_rest(&server).await;
    for kind in ["pgtasks", "pgreplicas"] {
        assert_eq!(
            why(&server.object(&path(kind, "hippo")).unwrap()),
            "NoSuchCluster",
            "{kind}"
        );
    }
    let cluster = server.object(&path("pgclusters", "hippo")).unwrap();
    assert_eq!(why(&cluster), "Valid");
    assert_eq!(cluster["metadata"]["deletionTimestamp"], Value::Null);
    server.take_writes();
    until_rest(&server).await;
    assert_eq!(
        server.take_writes(),
        Vec::<String>::new(),
        "saying it once is enough"
    );
}

#[tokio::test]
async fn who_creates_a_cluster_may_write_its_diary_first() {
    let server = Server::default();
    let mut diary = object("Pgtask", "hippo-createcluster", json!({ "tasktype": "workflow" }));
    diary["metadata"]["creationTimestamp"] = json!(Timestamp::now().to_string());
    server.put(&diary);
    assert!(matches!(until_rest(&server).await, Then::After(wait) if wait <= Duration::from_mins(1)));
    assert_eq!(server.take_writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_cluster_whose_namespace_goes_is_let_go_at_once() {
    let server = Server::default();
    let labels = json!({ "vendor": "crunchydata", "pgo-installation-name": "devtest" });
    let mut namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "ns", "labels": labels },
    });
    namespace["metadata"]["deletionTimestamp"] = json!(BORN_LONG_AGO);
    server.put(&namespace);
    let mut cluster = object("Pgcluster", "hippo", json!({}));
    cluster["metadata"]["finalizers"] = json!(["crunchydata.com/pgcluster"]);
    server.put(&cluster);
    let client = server.client();
    let caches = Caches::start(&client, &Scope::of_installation("devtest"), None);
    caches.ready().await;
    let metrics = Metrics::new(Requests::default(), caches.clone());
    let context = Arc::new(Context::new(Kube::new(client, caches), metrics, built_in()));
    let name = ClusterRef {
        namespace: "ns".into(),
        name: "hippo".into(),
    };
    assert_eq!(pass(context, name).await, Then::AwaitChange);
    assert_eq!(server.take_writes(), ["PATCH pgclusters/hippo"]);
    assert_eq!(
        server.object(&path("pgclusters", "hippo")).unwrap()["metadata"]["finalizers"],
        json!([])
    );
}
