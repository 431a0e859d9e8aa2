use super::*;

async fn show(world: &World, more: Value) -> Reply {
    let mut body = json!({"clientversion": "4.2.0", "namespace": "pgouser1"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post("/showclusters", body).await
}

#[tokio::test]
async fn the_answer_has_the_shape_of_4_2_s_and_its_values() {
    let world = World::with(hippo::all()).await;
    let reply = show(&world, json!({"clustername": "hippo"})).await.json();
    let golden = recorded(include_str!(
        "../../../../../pgo-api/tests/golden/show_cluster.response.json"
    ));
    let labels = |value: &Value| {
        let mut value = shape(value);
        // Which labels a cluster carries is a matter of values, not of shape.
        value["Results"][0]["cluster"]["metadata"]["labels"] = Value::Null;
        value["Results"][0]["cluster"]["spec"]["syncReplication"] = Value::Null;
        value
    };
    assert_eq!(
        lacking(&labels(&golden), &labels(&reply), ""),
        Vec::<String>::new()
    );
    for part in ["Deployments", "Pods"] {
        assert_eq!(reply["Results"][0][part], golden["Results"][0][part], "{part}");
    }
    let services = golden["Results"][0]["Services"].as_array().unwrap();
    assert_eq!(reply["Results"][0]["Services"], json!([services[0], services[2]]));
    assert_eq!(reply["Results"][0]["Replicas"][0]["Name"], "hippo-abcd");
}

#[tokio::test]
async fn clusters_are_chosen_by_selector_else_all_else_by_name() {
    let mut rhino = hippo::cluster("rhino");
    rhino["spec"]["ccpimagetag"] = json!("other");
    let elsewhere = {
        let mut cluster = hippo::cluster("zebra");
        cluster["metadata"]["namespace"] = json!("pgouser2");
        cluster
    };
    let world = World::with([hippo::cluster("hippo"), rhino, elsewhere]).await;
    let names = async |more: Value| {
        let json = show(&world, more).await.json();
        let results = json["Results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|it| it["cluster"]["metadata"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(json!({"clustername": "rhino"})).await, ["rhino"]);
    assert_eq!(names(json!({"allflag": true})).await, ["hippo", "rhino"]);
    assert_eq!(
        names(json!({"selector": "name in (hippo,zebra)", "clustername": "rhino"})).await,
        ["hippo"]
    );
    assert_eq!(
        names(json!({"allflag": true, "ccpimagetag": "other"})).await,
        ["rhino"]
    );
    assert!(names(json!({"clustername": "zebra"})).await.is_empty());
    assert!(names(json!({"clustername": "all"})).await.is_empty());
    assert!(
        show(&world, json!({"selector": "a=b=c"}))
            .await
            .error()
            .contains("selector")
    );
}

#[tokio::test]
async fn a_cluster_that_was_just_made_has_an_empty_status() {
    let mut new = hippo::cluster("hippo");
    new.as_object_mut().unwrap().remove("status");
    let reply = show(&World::with([new]).await, json!({"clustername": "hippo"})).await;
    let status = &reply.json()["Results"][0]["cluster"]["status"];
    assert!(status.is_object(), "{status}");
}

#[tokio::test]
async fn a_pod_of_which_the_kubelet_has_said_nothing_is_not_ready() {
    let mut pod = hippo::instance("hippo", "hippo", "hippo-77-x", "", "", false);
    pod["status"] = json!({"phase": "Pending"});
    let world = World::with([hippo::cluster("hippo"), pod]).await;
    let reply = show(&world, json!({"clustername": "hippo"})).await.json();
    let pod = &reply["Results"][0]["Pods"][0];
    assert_eq!(
        (&pod["Ready"], &pod["ReadyStatus"], &pod["Type"]),
        (&json!(false), &json!("0/1"), &json!("unknown"))
    );
}

#[tokio::test]
async fn a_replica_from_which_the_primary_hears_nothing_is_not_ready_whatever_its_pod_says() {
    let world = World::with(hippo::unheard()).await;
    let reply = show(&world, json!({"clustername": "hippo"})).await.json();
    let pods = reply["Results"][0]["Pods"].as_array().unwrap().iter();
    let ready: Vec<_> = pods
        .map(|pod| {
            (
                pod["Name"].as_str().unwrap(),
                pod["ReadyStatus"].as_str().unwrap(),
                &pod["Ready"],
            )
        })
        .collect();
    assert_eq!(
        ready,
        [
            ("hippo-77-x", "1/1", &json!(true)),
            ("hippo-abcd-77-y", "0/1", &json!(false))
        ]
    );
}

#[tokio::test]
async fn what_an_old_leader_does_not_hear_counts_for_nothing() {
    let elsewhere = hippo::unheard().into_iter().map(|object| {
        if object["kind"] == "EndpointSlice" {
            hippo::slice("hippo", &["10.0.0.2"])
        } else {
            object
        }
    });
    let world = World::with(elsewhere).await;
    let reply = show(&world, json!({"clustername": "hippo"})).await.json();
    for pod in reply["Results"][0]["Pods"].as_array().unwrap() {
        assert_eq!(pod["Ready"], true, "{pod}");
    }
}

#[tokio::test]
async fn the_address_outside_is_that_of_the_load_balancer_or_its_name_or_one_that_was_configured() {
    let outside = async |spec: Value, ingress: Value| {
        let mut service = hippo::service("hippo", "hippo", "10.96.0.10", None);
        service["spec"]["externalIPs"] = spec;
        service["status"] = json!({"loadBalancer": {"ingress": ingress}});
        let world = World::with([hippo::cluster("hippo"), service]).await;
        let reply = show(&world, json!({"clustername": "hippo"})).await.json();
        reply["Results"][0]["Services"][0]["ExternalIP"].clone()
    };
    let configured = || json!(["198.51.100.1"]);
    let address = json!([{"ip": "203.0.113.1"}]);
    assert_eq!(outside(configured(), address).await, "203.0.113.1");
    let name = json!([{"hostname": "hippo.example.com"}]);
    assert_eq!(outside(configured(), name).await, "hippo.example.com");
    assert_eq!(outside(configured(), json!([])).await, "198.51.100.1");
    assert_eq!(outside(json!([]), json!([])).await, "");
}

#[tokio::test]
async fn a_cluster_made_with_kubectl_is_shown_with_what_applies_to_it() {
    let bare = json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgcluster",
        "metadata": {"name": "bare", "namespace": "pgouser1"}, "spec": {"replicas": "1"},
    });
    let world = World::with([bare]).await;
    let tag = &world.app.defaults().cluster.image_tag;
    let by_tag = json!({"allflag": true, "ccpimagetag": tag});
    let reply = show(&world, by_tag).await.json();
    let spec = &reply["Results"][0]["cluster"]["spec"];
    assert_eq!(
        (&spec["ccpimage"], &spec["ccpimagetag"], &spec["name"]),
        (&json!("crunchy-postgres-ha"), &json!(tag), &json!("bare")),
        "{reply:#}"
    );
    for storage in ["PrimaryStorage", "ReplicaStorage"] {
        assert_ne!(spec[storage]["size"], "", "{storage}");
    }
}

#[tokio::test]
async fn of_two_that_call_themselves_the_primary_it_is_the_one_that_traffic_leads_to() {
    // The node of the old one was lost: nobody has taken its label away.
    let replaced = hippo::all().into_iter().map(|object| {
        if object["metadata"]["name"] == "hippo-abcd-77-y" {
            hippo::instance(
                "hippo",
                "hippo-abcd",
                "hippo-abcd-77-y",
                "master",
                "10.0.0.2",
                true,
            )
        } else if object["kind"] == "EndpointSlice" {
            hippo::slice("hippo", &["10.0.0.2"])
        } else {
            object
        }
    });
    let world = World::with(replaced).await;
    let shown = show(&world, json!({"clustername": "hippo"})).await.json();
    let test = json!({"Clustername": "hippo", "ClientVersion": "4.2.0", "Namespace": "pgouser1"});
    let tested = world.post("/testclusters", test).await.json();
    let kinds = |instances: &Value, name: &str, kind: &str| {
        let instances = instances.as_array().unwrap().iter();
        let pairs = instances.map(|it| {
            (
                it[name].as_str().unwrap().to_owned(),
                it[kind].as_str().unwrap().to_owned(),
            )
        });
        pairs.collect::<std::collections::BTreeMap<_, _>>()
    };
    let expected = [("hippo-77-x", "replica"), ("hippo-abcd-77-y", "primary")]
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .into();
    assert_eq!(kinds(&shown["Results"][0]["Pods"], "Name", "Type"), expected);
    assert_eq!(
        kinds(&tested["Results"][0]["Instances"], "Message", "InstanceType"),
        expected
    );
}

#[tokio::test]
async fn whatever_changes_of_a_cluster_is_shown() {
    let world = World::with(hippo::all()).await;
    let shown = async || show(&world, json!({"clustername": "hippo"})).await.text;
    let mut before = shown().await;
    assert_eq!(shown().await, before);
    let service = hippo::service("hippo", "hippo", "10.96.0.77", None);
    let shipped = include_str!("../../../../../../deploy/operator/pgo.yaml");
    let configuration = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pgo-config", "namespace": "pgo"},
        "data": {"pgo.yaml": shipped.replace("PGBadgerPort: 10000", "PGBadgerPort: 10001")},
    });
    let mut relabelled = hippo::cluster("hippo");
    relabelled["metadata"]["labels"]["env"] = json!("prod");
    let more = [
        hippo::deployment("hippo", "hippo-more", "hippo-replica"),
        hippo::instance(
            "hippo",
            "hippo-more",
            "hippo-more-77-z",
            "replica",
            "10.0.0.3",
            false,
        ),
        hippo::replica("hippo", "hippo-more"),
        hippo::slice("hippo", &["10.0.0.2"]),
        service,
        relabelled,
        configuration,
    ];
    for object in more {
        world.server.put(&object);
        let mut tries = 0;
        while shown().await == before {
            tries += 1;
            assert!(tries < 5000, "this is not shown: {object:#}");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        before = shown().await;
    }
}
