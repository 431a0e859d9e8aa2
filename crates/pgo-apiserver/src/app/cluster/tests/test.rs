use super::*;

async fn test(world: &World) -> Value {
    let body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1", "Clustername": "hippo"});
    world.post("/testclusters", body).await.json()
}

fn endpoints(reply: &Value) -> Vec<(String, bool)> {
    let endpoints = reply["Results"][0]["Endpoints"].as_array().unwrap();
    let one = |it: &Value| {
        (
            it["InstanceType"].as_str().unwrap().to_owned(),
            it["Available"].as_bool().unwrap(),
        )
    };
    endpoints.iter().map(one).collect()
}

#[tokio::test]
async fn a_well_cluster_answers_as_in_4_2() {
    let world = World::with(hippo::all()).await;
    let reply = test(&world).await;
    let golden = recorded(include_str!(
        "../../../../../pgo-api/tests/golden/test_cluster.response.json"
    ));
    assert_eq!(shape(&reply), shape(&golden));
    assert_eq!(
        reply["Results"][0]["Instances"],
        golden["Results"][0]["Instances"]
    );
    assert_eq!(
        reply["Results"][0]["Endpoints"][0],
        golden["Results"][0]["Endpoints"][0]
    );
    assert_eq!(
        endpoints(&reply),
        [("primary".to_owned(), true), ("replica".to_owned(), true)]
    );
}

#[tokio::test]
async fn the_primary_s_service_is_available_only_if_it_leads_to_a_ready_pod() {
    let table: [(&[&str], bool, bool); 4] = [
        (&["10.0.0.1"], true, true),
        (&["10.0.0.1"], false, false),
        (&[], true, false),
        (&["10.9.9.9"], true, false),
    ];
    for (addresses, ready, available) in table {
        let world = World::with([
            hippo::cluster("hippo"),
            hippo::instance("hippo", "hippo", "hippo-77-x", "master", "10.0.0.1", ready),
            hippo::service("hippo", "hippo", "10.96.0.10", None),
            hippo::slice("hippo", addresses),
        ])
        .await;
        assert_eq!(
            endpoints(&test(&world).await),
            [("primary".to_owned(), available)],
            "{addresses:?} {ready}"
        );
    }
}

#[tokio::test]
async fn a_replica_from_which_the_primary_hears_nothing_is_not_available_and_neither_is_what_leads_to_it() {
    let world = World::with(hippo::unheard()).await;
    let reply = test(&world).await;
    let instances = json!([
        {"Available": true, "Message": "hippo-77-x", "InstanceType": "primary"},
        {"Available": false, "Message": "hippo-abcd-77-y", "InstanceType": "replica"},
    ]);
    assert_eq!(reply["Results"][0]["Instances"], instances);
    assert_eq!(
        endpoints(&reply),
        [("primary".to_owned(), true), ("replica".to_owned(), false)]
    );
}

#[tokio::test]
async fn nothing_is_missing_behind_the_replicas_service_when_there_are_to_be_none() {
    let objects = [
        hippo::cluster("hippo"),
        hippo::instance("hippo", "hippo", "hippo-77-x", "master", "10.0.0.1", true),
        hippo::service("hippo", "hippo-replica", "10.96.0.11", Some("replica")),
    ];
    let world = World::with(objects.clone()).await;
    assert!(endpoints(&test(&world).await).is_empty());
    let world = World::with(objects.into_iter().chain([hippo::replica("hippo", "hippo-abcd")])).await;
    assert_eq!(endpoints(&test(&world).await), [("replica".to_owned(), false)]);
}

#[tokio::test]
async fn a_cluster_without_pods_has_a_primary_that_is_not_available() {
    let world = World::with([hippo::cluster("hippo")]).await;
    let instances = json!([{"Available": false, "Message": "", "InstanceType": "primary"}]);
    assert_eq!(test(&world).await["Results"][0]["Instances"], instances);
}

#[tokio::test]
async fn a_cluster_that_does_not_exist_is_no_error() {
    let world = World::with([]).await;
    assert_eq!(
        test(&world).await,
        json!({"Results": [], "Code": "ok", "Msg": ""})
    );
}
