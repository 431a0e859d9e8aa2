use serde_json::{Value, json};

use crate::testing::{Reply, World, hippo};

const POL1: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgpolicies/pol1";

async fn post(world: &World, path: &str, more: Value) -> Reply {
    let mut body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post(path, body).await
}

#[tokio::test]
async fn a_policy_becomes_an_object_that_says_who_made_it() {
    let world = World::with([]).await;
    let reply = post(&world, "/policies", json!({"Name": "pol1", "SQL": "select 1;\n"}))
        .await
        .json();
    assert_eq!(reply, json!({"Code": "ok", "Msg": ""}));
    let policy = world.object(POL1);
    let expected =
        json!({"namespace": "pgouser1", "name": "pol1", "url": "", "sql": "select 1;\n", "status": ""});
    assert_eq!(policy["spec"], expected);
    assert_eq!(policy["metadata"]["labels"], json!({"pgouser": "pgoadmin"}));
    let again = post(&world, "/policies", json!({"Name": "pol1", "SQL": "select 2;"}))
        .await
        .error();
    assert!(again.contains("policy already exists with that name"), "{again}");
    assert_eq!(world.object(POL1)["spec"]["sql"], "select 1;\n");
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_said_and_nothing_is_written() {
    let world = World::with([]).await;
    for (more, expected) in [
        (json!({"Name": "Pol", "SQL": "x"}), "invalid policy name format"),
        (json!({"Name": "../x", "SQL": "x"}), "invalid policy name format"),
        (json!({"Name": "", "SQL": "x"}), "invalid policy name format"),
        (json!({"Name": "all", "SQL": "x"}), "means every policy"),
        (json!({"Name": "pol1"}), "--in-file"),
        (json!({"Name": "pol1", "SQL": "a\u{0}b"}), "zero bytes"),
        (json!({"Name": "pol1", "URL": "file:///etc/passwd"}), "--url"),
    ] {
        let error = post(&world, "/policies", more.clone()).await.error();
        assert!(error.contains(expected), "{more}: {error}");
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn policies_are_shown_by_name_or_all_and_none_is_no_error() {
    let world = World::with(["pol1", "pol2"].map(hippo::policy)).await;
    let show = async |more: Value| {
        let reply = post(&world, "/showpolicies", more).await.json();
        assert_eq!(reply["Code"], "ok");
        let items = reply["PolicyList"]["items"].as_array().unwrap();
        items
            .iter()
            .map(|it| it["metadata"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(show(json!({"AllFlag": true})).await, ["pol1", "pol2"]);
    assert_eq!(show(json!({"Policyname": "pol2"})).await, ["pol2"]);
    assert!(show(json!({"Policyname": "absent"})).await.is_empty());
}

#[tokio::test]
async fn policies_are_removed_by_name_or_all() {
    let world = World::with(["pol1", "pol2", "pol3"].map(hippo::policy)).await;
    let delete = async |name: &str| post(&world, "/policiesdelete", json!({"PolicyName": name})).await;
    assert_eq!(
        delete("pol2").await.json()["Results"],
        json!(["deleted policy pol2"])
    );
    assert!(delete("pol2").await.error().contains("\"pol2\" not found"));
    let all = delete("all").await.json();
    assert_eq!(
        all["Results"],
        json!(["deleted policy pol1", "deleted policy pol3"])
    );
    assert!(delete("all").await.error().contains("not found"));
}

#[tokio::test]
async fn a_policy_of_another_namespace_is_not_touched() {
    let mut elsewhere = hippo::policy("pol1");
    elsewhere["metadata"]["namespace"] = json!("pgouser2");
    let world = World::with([elsewhere]).await;
    assert!(
        post(&world, "/policiesdelete", json!({"PolicyName": "pol1"}))
            .await
            .error()
            .contains("not found")
    );
    assert!(world.writes().is_empty());
}
