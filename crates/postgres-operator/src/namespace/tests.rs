use pgo_kube::testing::{Fault, Server};
use serde_json::{Value, json};

use super::*;

fn ours() -> Installation {
    Installation {
        name: "devtest".into(),
        namespace: "pgo".into(),
    }
}

fn namespace(name: &str, labels: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
}

fn label(server: &Server, namespace: &str, key: &str) -> Value {
    server.object(&format!("api/v1/namespaces/{namespace}")).unwrap()["metadata"]["labels"][key].clone()
}

fn granted(server: &Server, namespace: &str) -> bool {
    let path = format!("apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings");
    let role = server.object(&format!("{path}/pgo-target-role-binding"));
    role.is_some_and(|binding| binding["subjects"][0]["namespace"] == "pgo")
}

/// Looks after namespaces until something is so.
async fn until(server: &Server, listed: &[&str], so: impl Fn() -> bool) {
    let kube = server.kube().await;
    let listed: Vec<_> = listed.iter().map(|name| (*name).to_owned()).collect();
    let ours = ours();
    let so = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = Box::pin(look_after(&kube, &ours, &listed)) => panic!("it ended"),
        () = so => {}
        () = tokio::time::sleep(Duration::from_mins(2)) => panic!("it never happened: {:?}", server.take_writes()),
    }
}

#[test]
fn a_list_of_namespaces_is_read_with_its_blanks_and_a_stray_comma_is_fatal() {
    assert_eq!(listed("").unwrap(), Vec::<String>::new());
    assert_eq!(listed(" ").unwrap(), Vec::<String>::new());
    assert_eq!(listed("pgouser1, pgouser2").unwrap(), ["pgouser1", "pgouser2"]);
    for stray in ["pgouser1,", ",pgouser1", "a,,b", ","] {
        assert_eq!(listed(stray), Err(WrongList::EmptyElement), "{stray}");
    }
    for odd in ["A", "kube.system", "a/b", "1a"] {
        assert_eq!(listed(odd), Err(WrongList::NoName(odd.to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn listed_namespaces_are_made_or_taken_in_and_those_of_others_left_alone() {
    let server = Server::default();
    server.put(&namespace("plain", &json!({"mine": "yes"})));
    server.put(&namespace(
        "theirs",
        &json!({"vendor": "crunchydata", "pgo-installation-name": "another"}),
    ));
    until(&server, &["absent", "theirs", "plain"], || {
        granted(&server, "plain") && granted(&server, "absent")
    })
    .await;
    assert_eq!(label(&server, "absent", "pgo-created-by"), "operator-bootstrap");
    assert_eq!(label(&server, "absent", "pgo-installation-name"), "devtest");
    assert_eq!(label(&server, "plain", "pgo-installation-name"), "devtest");
    assert_eq!(label(&server, "plain", "mine"), "yes");
    assert_eq!(
        label(&server, "plain", "pod-security.kubernetes.io/enforce"),
        Value::Null
    );
    assert_eq!(label(&server, "theirs", "pgo-installation-name"), "another");
    assert!(!granted(&server, "theirs"));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_given_its_rights_when_it_is_labelled_and_none_when_it_is_not() {
    let server = Server::default();
    server.put(&namespace("plain", &json!({})));
    server.put(&namespace("later", &json!({})));
    let kube = server.kube().await;
    let ours = ours();
    let marked = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let labels = json!(ours.labels());
        server.put(&namespace("later", &labels));
        while !granted(&server, "later") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = Box::pin(look_after(&kube, &ours, &[])) => panic!("it ended"),
        () = marked => {}
    }
    assert!(!granted(&server, "plain"));
}

#[tokio::test(start_paused = true)]
async fn what_was_given_once_costs_no_request_until_somebody_asks_for_it_again() {
    let server = Server::default();
    server.put(&namespace("ours", &json!(ours().labels())));
    let annotation = || {
        server.object("api/v1/namespaces/ours").unwrap()["metadata"]["annotations"][labels::RIGHTS].clone()
    };
    until(&server, &[], || annotation().is_string()).await;
    let digest = annotation();
    server.take_calls();

    let kube = server.kube().await;
    let quiet = tokio::time::timeout(Duration::from_mins(1), Box::pin(look_after(&kube, &ours(), &[]))).await;
    assert!(quiet.is_err());
    assert_eq!(server.take_calls(), []);

    let mut asking = server.object("api/v1/namespaces/ours").unwrap();
    asking["metadata"]["annotations"][labels::RIGHTS] = json!("again");
    server.put(&asking);
    server.remove("apis/rbac.authorization.k8s.io/v1/namespaces/ours/rolebindings/pgo-target-role-binding");
    until(&server, &[], || annotation() == digest).await;
    assert!(granted(&server, "ours"));
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again_and_keeps_nobody_from_their_rights() {
    let server = Server::default();
    for name in ["first", "second"] {
        server.put(&namespace(name, &json!(ours().labels())));
    }
    server.fault(0, Fault::Refused(403));
    until(&server, &[], || {
        granted(&server, "first") && granted(&server, "second")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_being_deleted_gets_nothing() {
    let server = Server::default();
    let mut ending = namespace("ending", &json!(ours().labels()));
    ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    server.put(&ending);
    server.put(&namespace("ours", &json!(ours().labels())));
    until(&server, &[], || granted(&server, "ours")).await;
    assert!(!granted(&server, "ending"));
}
