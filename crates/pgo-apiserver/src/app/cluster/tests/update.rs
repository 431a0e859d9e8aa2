use super::*;

const HIPPO: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgclusters/hippo";

async fn update(world: &World, more: Value) -> Reply {
    let mut body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1", "Autofail": true});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post("/clustersupdate", body).await
}

#[tokio::test]
async fn a_label_says_whether_a_cluster_fails_over_by_itself() {
    let world = World::with([hippo::cluster("hippo"), hippo::cluster("rhino")]).await;
    for autofail in [false, true] {
        let reply = update(&world, json!({"Clustername": ["hippo"], "Autofail": autofail}))
            .await
            .json();
        assert_eq!(
            reply,
            json!({"Results": ["updated pgcluster hippo"], "Code": "ok", "Msg": ""})
        );
        assert_eq!(world.writes(), ["PATCH pgclusters/hippo"]);
        let labels = &world.object(HIPPO)["metadata"]["labels"];
        assert_eq!(
            (&labels["autofail"], &labels["name"]),
            (&json!(autofail.to_string()), &json!("hippo"))
        );
    }
}

#[tokio::test]
async fn all_win_over_a_selector_and_a_selector_over_names() {
    let world = World::with([hippo::cluster("hippo"), hippo::cluster("rhino")]).await;
    let results = async |more: Value| update(&world, more).await.json()["Results"].clone();
    let chosen = json!({"Clustername": ["hippo"], "Selector": "name=rhino"});
    assert_eq!(results(chosen).await, json!(["updated pgcluster rhino"]));
    let all = json!({"Selector": "name=rhino", "AllFlag": true});
    assert_eq!(
        results(all).await,
        json!(["updated pgcluster hippo", "updated pgcluster rhino"])
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_changes_nothing_at_all() {
    let world = World::with([hippo::cluster("hippo")]).await;
    assert!(
        update(&world, json!({"Clustername": ["hippo", "absent"]}))
            .await
            .error()
            .starts_with("absent was not found, verify cluster name")
    );
    assert!(
        update(&world, json!({"Clustername": []}))
            .await
            .error()
            .contains("no clusters")
    );
    assert!(
        update(&world, json!({"Selector": "a b"}))
            .await
            .error()
            .contains("selector")
    );
    assert!(world.writes().is_empty());
}
