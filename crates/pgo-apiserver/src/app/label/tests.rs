use serde_json::{Value, json};

use crate::testing::{Reply, World, hippo};

const HIPPO: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgclusters/hippo";

async fn two() -> World {
    World::with(hippo::all().into_iter().chain([hippo::cluster("rhino")])).await
}

async fn label(world: &World, path: &str, more: Value) -> Reply {
    let mut body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1", "LabelCmdLabel": "env=prod"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post(path, body).await
}

#[tokio::test]
async fn a_label_is_found_by_a_selector_at_once_and_handed_to_the_operator() {
    let world = two().await;
    let reply = label(&world, "/label", json!({"Args": ["hippo"]})).await.json();
    assert_eq!(reply, json!({"Results": ["hippo"], "Code": "ok", "Msg": ""}));
    assert_eq!(world.writes(), ["PATCH pgclusters/hippo"]);
    let hippo = world.object(HIPPO);
    assert_eq!(hippo["metadata"]["labels"]["env"], "prod");
    assert_eq!(hippo["spec"]["userlabels"]["env"], "prod");
    // What was there stays.
    assert_eq!(hippo["metadata"]["labels"]["name"], "hippo");
    assert_eq!(hippo["spec"]["userlabels"]["pgo-version"], "4.2.0");
    let show = json!({"clientversion": "4.2.0", "namespace": "pgouser1", "selector": "env=prod"});
    let shown = world.post("/showclusters", show).await.json();
    assert_eq!(shown["Results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn several_labels_go_on_every_cluster_that_is_meant() {
    let world = two().await;
    let more = json!({"Args": ["all"], "LabelCmdLabel": "env=prod,team=a"});
    assert_eq!(
        label(&world, "/label", more).await.json()["Results"],
        json!(["hippo", "rhino"])
    );
    for name in ["hippo", "rhino"] {
        let cluster = world.object(&HIPPO.replace("hippo", name));
        assert_eq!(cluster["metadata"]["labels"]["team"], "a");
    }
    let chosen = json!({"Selector": "name=rhino", "Args": ["hippo"]});
    assert_eq!(
        label(&world, "/label", chosen).await.json()["Results"],
        json!(["rhino"])
    );
}

#[tokio::test]
async fn a_dry_run_only_says_which() {
    let world = two().await;
    let reply = label(&world, "/label", json!({"Args": ["all"], "DryRun": true}))
        .await
        .json();
    assert_eq!(reply["Results"], json!(["hippo", "rhino"]));
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_label_is_removed_where_it_was_set_whatever_its_value() {
    let world = two().await;
    label(&world, "/label", json!({"Args": ["hippo"]})).await;
    let more = json!({"Args": ["hippo"], "LabelCmdLabel": "env=other"});
    let reply = label(&world, "/labeldelete", more).await.json();
    assert_eq!(reply["Results"], json!(["deleting label from hippo"]));
    let hippo = world.object(HIPPO);
    assert!(hippo["metadata"]["labels"].get("env").is_none(), "{hippo:#}");
    assert!(hippo["spec"]["userlabels"].get("env").is_none(), "{hippo:#}");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_written() {
    let world = two().await;
    for (more, expected) in [
        (json!({"Args": ["hippo"], "LabelCmdLabel": ""}), "--label"),
        (json!({"Args": ["hippo"], "LabelCmdLabel": "env"}), "key=value"),
        (
            json!({"Args": ["hippo"], "LabelCmdLabel": "env=a b"}),
            "cannot be a label",
        ),
        (
            json!({"Args": ["hippo"], "LabelCmdLabel": "pg-cluster=rhino"}),
            "belongs to pgo",
        ),
        (
            json!({"Args": ["hippo"], "LabelCmdLabel": "autofail=false"}),
            "belongs to pgo",
        ),
        (
            json!({"Args": ["hippo", "absent"]}),
            "absent was not found, verify cluster name",
        ),
        (json!({"Args": []}), "--selector"),
        (json!({"Selector": "env in (x"}), "selector"),
        (json!({"Selector": "name=absent"}), "no clusters found"),
    ] {
        for path in ["/label", "/labeldelete"] {
            let error = label(&world, path, more.clone()).await.error();
            assert!(error.contains(expected), "{path} {more}: {error}");
        }
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn what_was_done_before_a_failure_is_reported_beside_it() {
    let world = two().await;
    world.server.fault(1, pgo_kube::testing::Fault::Refused(500));
    let reply = label(&world, "/label", json!({"Args": ["all"]})).await.json();
    assert_eq!(
        (&reply["Code"], &reply["Results"]),
        (&json!("error"), &json!(["hippo"]))
    );
}
