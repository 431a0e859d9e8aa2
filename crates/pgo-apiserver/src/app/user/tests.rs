use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::testing::{Reply, World, hippo};

/// A Secret of a cluster, with one more label.
fn secret(cluster: &str, name: &str, more: (&str, &str), data: &[(&str, &str)]) -> Value {
    let mut labels = json!({"pg-cluster": cluster, "vendor": "crunchydata"});
    labels[more.0] = json!(more.1);
    let data: Value = data
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(STANDARD.encode(value))))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
        "metadata": {"name": name, "namespace": "pgouser1", "labels": labels},
    })
}

async fn show(more: Value) -> Reply {
    let login = |user| [("username", user), ("password", "geheim")];
    let plain = ("a", "b");
    let objects = [
        hippo::cluster("hippo"),
        hippo::cluster("rhino"),
        secret("hippo", "hippo-testuser-secret", plain, &login("testuser")),
        secret("hippo", "hippo-postgres-secret", plain, &login("postgres")),
        secret(
            "hippo",
            "hippo-pgbouncer-secret",
            ("crunchy-pgbouncer", "true"),
            &login("pgbouncer"),
        ),
        secret(
            "hippo",
            "hippo-backrest-repo-config",
            ("pgo-backrest-repo", "true"),
            &login("repo"),
        ),
        secret("hippo", "hippo-tls", plain, &[("tls.key", "x")]),
        secret("rhino", "rhino-postgres-secret", plain, &login("postgres")),
    ];
    let world = World::with(objects).await;
    let mut body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post("/usershow", body).await
}

#[tokio::test]
async fn users_are_shown_with_their_passwords_and_others_secrets_are_not() {
    let reply = show(json!({"Clusters": ["hippo"]})).await.json();
    let result = &reply["Results"][0];
    assert_eq!(result["Cluster"]["metadata"]["name"], "hippo");
    assert!(result["Cluster"]["status"].is_object(), "{result:#}");
    let expected = json!([
        {"Name": "hippo-postgres-secret", "Username": "postgres", "Password": "geheim"},
        {"Name": "hippo-testuser-secret", "Username": "testuser", "Password": "geheim"},
    ]);
    assert_eq!(result["Secrets"], expected);
    assert_eq!(
        (&result["ExpiredOutput"], &result["ExpiredMsgs"]),
        (&json!(false), &json!([]))
    );
}

#[tokio::test]
async fn each_cluster_has_its_own_and_all_win_over_a_selector() {
    let names = async |more: Value| {
        let reply = show(more).await.json();
        let results = reply["Results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|it| it["Cluster"]["metadata"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(json!({"Clusters": ["all"], "Selector": "name=rhino"})).await,
        ["rhino"]
    );
    assert_eq!(
        names(json!({"AllFlag": true, "Selector": "name=rhino"})).await,
        ["hippo", "rhino"]
    );
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    for (more, expected) in [
        (json!({"Clusters": ["absent"]}), "absent was not found"),
        (json!({"Clusters": []}), "--selector"),
        (json!({"Clusters": ["hippo"], "Expired": "0"}), "--expired"),
        (
            json!({"Clusters": ["hippo"], "Expired": "1; DROP TABLE x"}),
            "is no number",
        ),
        (
            json!({"Clusters": ["hippo"], "Expired": "30"}),
            "not available yet",
        ),
    ] {
        let error = show(more.clone()).await.error();
        assert!(error.contains(expected), "{more}: {error}");
    }
}
