use super::*;

const CLUSTER: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgclusters/hippo";
const DIARY: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgtasks/hippo-createcluster";

fn secret(name: &str) -> String {
    format!("api/v1/namespaces/pgouser1/secrets/{name}")
}

async fn create(world: &World, more: Value) -> Reply {
    let mut body = json!({
        "Name": "hippo", "Namespace": "pgouser1", "Series": 1, "AutofailFlag": true, "ClientVersion": "4.2.0",
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post("/clusters", body).await
}

#[tokio::test]
async fn the_diary_is_written_first_and_the_cluster_last() {
    let world = World::with([]).await;
    let reply = create(&world, json!({})).await.json();
    let calls: Vec<_> = world.server.take_calls().iter().map(Call::line).collect();
    assert_eq!(
        calls,
        ["POST pgtasks/hippo-createcluster", "POST pgclusters/hippo"]
    );

    let golden = recorded(include_str!(
        "../../../../../pgo-api/tests/golden/create_cluster.response.json"
    ));
    assert_eq!(shape(&reply), shape(&golden));
    assert_eq!(reply["results"][0], "created Pgcluster hippo");
    let id = reply["results"][1]
        .as_str()
        .unwrap()
        .strip_prefix("workflow id ")
        .unwrap()
        .to_owned();
    assert_eq!(id.len(), 36);

    let diary = world.object(DIARY);
    assert_eq!(diary["metadata"]["labels"]["workflowid"], id);
    assert_eq!(diary["spec"]["parameters"]["workflowid"], id);
    assert!(
        diary["spec"]["parameters"]["task submitted"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    let cluster = world.object(CLUSTER);
    assert_eq!(cluster["metadata"]["labels"]["pgouser"], "pgoadmin");
    assert_eq!(cluster["metadata"]["labels"]["autofail"], "true");
    assert_eq!(cluster["spec"]["userlabels"]["workflowid"], id);
}

#[tokio::test]
async fn a_read_that_follows_sees_it() {
    let world = World::with([]).await;
    create(&world, json!({})).await;
    let show = json!({"clustername": "hippo", "clientversion": "4.2.0", "namespace": "pgouser1"});
    let shown = world.post("/showclusters", show).await.json();
    assert_eq!(shown["Results"][0]["cluster"]["metadata"]["name"], "hippo");
}

#[tokio::test]
async fn a_password_goes_into_the_three_secrets_before_anything_else() {
    let world = World::with([]).await;
    let reply = create(&world, json!({"Password": "hunter2"})).await;
    assert!(!reply.text.contains("hunter2"));
    let calls = world.server.take_calls();
    let lines: Vec<_> = calls.iter().map(Call::line).collect();
    assert_eq!(
        lines,
        [
            "POST secrets/hippo-postgres-secret",
            "POST secrets/hippo-primaryuser-secret",
            "POST secrets/hippo-testuser-secret",
            "POST pgtasks/hippo-createcluster",
            "POST pgclusters/hippo",
        ]
    );
    for (secret, user) in calls.iter().zip(["postgres", "primaryuser", "testuser"]) {
        assert_eq!(secret.body["data"]["username"], STANDARD.encode(user));
        assert_eq!(secret.body["data"]["password"], STANDARD.encode("hunter2"));
        assert_eq!(secret.body["metadata"]["labels"]["pg-cluster"], "hippo");
    }
    let others = calls[3..]
        .iter()
        .map(|call| call.body.to_string())
        .collect::<String>();
    assert!(!others.contains("hunter2"));
}

#[tokio::test]
async fn the_passwords_of_another_cluster_are_used_again() {
    let mut objects = hippo::all();
    for (user, password) in [("postgres", "a"), ("primaryuser", "b"), ("testuser", "c")] {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": format!("hippo-{user}-secret"), "namespace": "pgouser1",
                "labels": {"pg-cluster": "hippo", "vendor": "crunchydata"},
            },
            "data": {"username": STANDARD.encode(user), "password": STANDARD.encode(password)},
        }));
    }
    let world = World::with(objects).await;
    let reply = create(
        &world,
        json!({"Name": "rhino", "SecretFrom": "hippo", "Password": "ignored"}),
    )
    .await;
    assert_eq!(reply.json()["status"]["Code"], "ok", "{reply:?}");
    for (user, password) in [("postgres", "a"), ("primaryuser", "b"), ("testuser", "c")] {
        let copy = world.object(&secret(&format!("rhino-{user}-secret")));
        assert_eq!(copy["data"]["password"], STANDARD.encode(password));
        assert_eq!(copy["data"]["username"], STANDARD.encode(user));
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_written() {
    let world = World::with(hippo::all()).await;
    let wrong = json!({
        "ReplicaCount": -1, "StorageConfig": "absent", "NodeLabel": "region=mars", "UserLabels": "x",
        "PodAntiAffinity": "perhaps", "ServiceType": "Pigeon", "SecretFrom": "absent", "CustomConfig": "absent",
        "ContainerResources": "huge", "BackrestStorageType": "tape",
    });
    let error = create(&world, wrong).await.error();
    for mentioned in [
        "\"hippo\" exists already",
        "--replica-count",
        "--storage-config",
        "--node-label",
        "--labels",
        "--pod-anti-affinity",
        "--service-type",
        "--secret-from",
        "--custom-config",
        "--resources-config",
        "--pgbackrest-storage-type",
    ] {
        assert!(error.contains(mentioned), "{mentioned} is missing in: {error}");
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_name_whose_cluster_goes_will_be_free() {
    let asked = json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgtask",
        "metadata": {"name": "hippo-rmdata", "namespace": "pgouser1", "labels": {"pg-cluster": "hippo"}},
        "spec": {"tasktype": "delete-data", "parameters": {"pg-cluster": "hippo"}},
    });
    let mut deleted = hippo::cluster("hippo");
    deleted["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    deleted["metadata"]["finalizers"] = json!(["crunchydata.com/pgcluster"]);
    for objects in [vec![hippo::cluster("hippo"), asked], vec![deleted]] {
        let world = World::with(objects).await;
        let error = create(&world, json!({})).await.error();
        assert!(
            error.starts_with("pgcluster hippo was found: \"hippo\" is being removed, try again"),
            "{error}"
        );
        assert!(world.writes().is_empty());
    }
}

#[tokio::test]
async fn names_that_would_take_what_another_cluster_has_are_refused() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "rhino-a-app-secret", "namespace": "pgouser1",
            "labels": {"pg-cluster": "rhino-a", "vendor": "crunchydata"},
        },
    });
    let world = World::with([hippo::cluster("hippo-a"), secret]).await;
    for (asked, said) in [
        (json!({"Name": "hippo-a-pgha-default"}), "\"-pgha-default\""),
        // A cluster that is there will have it, a cluster that is not has it still.
        (
            json!({"Username": "a-postgres"}),
            "hippo-a-postgres-secret would be needed, which is cluster \"hippo-a\"'s",
        ),
        (
            json!({"Name": "rhino", "Username": "a-app"}),
            "rhino-a-app-secret would be needed, which is cluster \"rhino-a\"'s",
        ),
        (json!({"Username": "public"}), "keeps for itself"),
    ] {
        let error = create(&world, asked).await.error();
        assert!(error.contains(said), "{error}");
    }
    assert!(world.writes().is_empty());
    let reply = create(&world, json!({"Username": "a-other"})).await.json();
    assert_eq!(reply["status"]["Code"], "ok", "{reply}");
}

#[tokio::test]
async fn volumes_that_do_not_agree_are_told_at_once() {
    let world = World::with([
        hippo::claim("hippo", "hippo", "1Gi"),
        hippo::claim("hippo", "hippo-abcd", "1Gi"),
    ])
    .await;
    let error = create(&world, json!({})).await.error();
    assert!(
        error.contains("(hippo, hippo-abcd) do not say which one was the last primary's"),
        "{error}"
    );
    assert!(world.writes().is_empty());
    // They are no business of another cluster.
    let reply = create(&world, json!({"Name": "rhino"})).await.json();
    assert_eq!(reply["status"]["Code"], "ok", "{reply}");

    let chosen = ["hippo", "hippo-abcd"].map(|name| {
        let mut claim = hippo::claim("hippo", name, "1Gi");
        claim["metadata"]["annotations"] = json!({"pgo.crunchydata.com/last-primary": "hippo-abcd"});
        claim
    });
    let reply = create(&World::with(chosen).await, json!({})).await.json();
    assert_eq!(reply["status"]["Code"], "ok", "{reply}");
}

#[tokio::test]
async fn a_users_own_configuration_needs_no_label_of_ours() {
    let mine = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "mine", "namespace": "pgouser1"},
        "data": {"postgres-ha.yaml": "bootstrap: {}"},
    });
    let world = World::with([mine]).await;
    let reply = create(&world, json!({"CustomConfig": "mine"})).await;
    assert_eq!(reply.json()["status"]["Code"], "ok", "{reply:?}");
}

#[tokio::test]
async fn hostile_names_and_passwords_are_refused() {
    let world = World::with([]).await;
    for name in [
        "",
        "all",
        "Hippo",
        "hippo/../x",
        "hippo;rm",
        "a b",
        "ä",
        "-a",
        "1a",
        &"a".repeat(200),
        "$(id)",
        "\u{0}",
    ] {
        let error = create(&world, json!({"Name": name})).await.error();
        assert!(error.contains("name"), "{name:?}: {error}");
    }
    let error = create(&world, json!({"Password": "a\nb"})).await.error();
    assert!(error.contains("--password") && !error.contains("a\nb"), "{error}");
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_series_is_checked_whole_before_its_first_cluster_is_written() {
    let world = World::with([hippo::cluster("hippo2")]).await;
    let error = create(&world, json!({"Series": 3})).await.error();
    assert!(error.contains("hippo2"), "{error}");
    assert!(world.writes().is_empty());

    let reply = create(&world, json!({"Name": "rhino", "Series": 2})).await.json();
    assert_eq!(reply["results"][0], "created Pgcluster rhino0");
    assert_eq!(reply["results"][2], "created Pgcluster rhino1");
    assert_ne!(reply["results"][1], reply["results"][3]);
}

#[tokio::test]
async fn a_series_of_none_is_none_as_in_4_2() {
    let world = World::with([]).await;
    let reply = create(&world, json!({"Series": null})).await.json();
    assert_eq!(reply, json!({"results": [], "status": {"Code": "ok", "Msg": ""}}));
    assert!(
        create(&world, json!({"Series": -1}))
            .await
            .error()
            .contains("--series")
    );
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn whatever_write_is_refused_nothing_is_left_behind() {
    for write in 0..5 {
        let world = World::with([]).await;
        world.server.fault(write, Fault::Refused(403));
        let error = create(&world, json!({"Password": "hunter2"})).await.error();
        assert!(error.contains("could not create"), "{error}");
        assert!(!error.contains("hunter2"));
        assert!(
            world.made().is_empty(),
            "after write {write}: {:?}",
            world.made().keys()
        );
    }
}

#[tokio::test]
async fn what_was_done_before_a_failure_in_a_series_is_reported_beside_it() {
    let world = World::with([]).await;
    world.server.fault(3, Fault::Refused(500));
    let reply = create(&world, json!({"Series": 2})).await.json();
    assert_eq!(
        (&reply["status"]["Code"], &reply["results"][0]),
        (&json!("error"), &json!("created Pgcluster hippo0"))
    );
    assert_eq!(reply["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_cluster_that_another_server_made_a_moment_ago_is_not_overwritten() {
    let world = World::with([]).await;
    // It arrives between our look at the cache and our write.
    world.server.put(&hippo::cluster("hippo"));
    let error = create(&world, json!({})).await.error();
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(world.made().len(), 1);
}

#[tokio::test]
async fn a_diary_that_an_earlier_cluster_left_behind_is_replaced() {
    let stale = json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgtask",
        "metadata": {"name": "hippo-createcluster", "namespace": "pgouser1", "labels": {"workflowid": "old"}},
        "spec": {"tasktype": "workflow", "parameters": {"workflowid": "old"}},
    });
    let world = World::with([stale]).await;
    assert_eq!(create(&world, json!({})).await.json()["status"]["Code"], "ok");
    assert_ne!(world.object(DIARY)["metadata"]["labels"]["workflowid"], "old");
}

#[tokio::test]
async fn a_kept_secret_is_never_overwritten_and_a_different_password_is_refused() {
    let kept = |password: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "hippo-postgres-secret", "namespace": "pgouser1", "labels": {"pg-cluster": "hippo", "vendor": "crunchydata"}},
            "data": {"username": STANDARD.encode("postgres"), "password": STANDARD.encode(password)},
        })
    };
    let world = World::with([kept("old")]).await;
    let error = create(&world, json!({"Password": "new"})).await.error();
    assert!(error.contains("hippo-postgres-secret"), "{error}");
    assert_eq!(world.made().len(), 1);
    assert_eq!(
        world.object(&secret("hippo-postgres-secret"))["data"]["password"],
        STANDARD.encode("old")
    );

    let same = World::with([kept("same")]).await;
    assert_eq!(
        create(&same, json!({"Password": "same"})).await.json()["status"]["Code"],
        "ok"
    );
}

#[tokio::test]
async fn every_flag_reaches_the_cluster() {
    let policy = json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgpolicy",
        "metadata": {"name": "p1", "namespace": "pgouser1"}, "spec": {"name": "p1", "sql": "select 1"},
    });
    let world = World::with([policy]).await;
    let flags = json!({
        "ReplicaCount": 2, "CCPImage": "crunchy-postgres-gis-ha", "CCPImageTag": "tag-1", "AutofailFlag": false,
        "SyncReplication": true, "PodAntiAffinity": "required", "NodeLabel": "region=us", "UserLabels": "team=a",
        "Policies": "p1", "ServiceType": "NodePort", "StorageConfig": "default", "ReplicaStorageConfig": "default",
        "ContainerResources": "small",
    });
    assert_eq!(create(&world, flags).await.json()["status"]["Code"], "ok");
    let cluster = world.object(CLUSTER);
    let spec = &cluster["spec"];
    let expected = json!({
        "replicas": "2", "ccpimage": "crunchy-postgres-gis-ha", "ccpimagetag": "tag-1", "syncReplication": true,
        "podPodAntiAffinity": "required", "policies": "p1",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(spec[key], *value, "{key}");
    }
    let labels = json!({
        "NodeLabelKey": "region", "NodeLabelValue": "us", "team": "a", "service-type": "NodePort", "sync-replication": "true",
    });
    assert!(
        lacking(&labels, &spec["userlabels"], "").is_empty(),
        "{:#}",
        spec["userlabels"]
    );
    assert_eq!(cluster["metadata"]["labels"]["autofail"], "false");
    assert_eq!(spec["ContainerResources"]["limitsmemory"], "512Mi");
    let policies = world.object("apis/crunchydata.com/v1/namespaces/pgouser1/pgtasks/hippo-policies");
    assert_eq!(policies["spec"]["parameters"], json!({"p1": "p1"}));
}

#[tokio::test]
async fn values_of_s3_are_refused_whatever_the_storage_type_and_never_repeated() {
    let world = World::with([]).await;
    for (field, flag) in [
        ("BackrestS3Key", "--pgbackrest-s3-key:"),
        ("BackrestS3KeySecret", "--pgbackrest-s3-key-secret:"),
        ("BackrestS3Bucket", "--pgbackrest-s3-bucket:"),
        ("BackrestS3Region", "--pgbackrest-s3-region:"),
        ("BackrestS3Endpoint", "--pgbackrest-s3-endpoint:"),
    ] {
        for kind in ["", "local"] {
            let error = create(&world, json!({(field): "$(geheim)", "BackrestStorageType": kind}))
                .await
                .error();
            assert!(
                error.starts_with(flag) && error.contains("not available yet: leave it out"),
                "{error}"
            );
            assert!(!error.contains("geheim"), "{error}");
        }
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn policies_that_do_not_exist_are_kept_as_in_4_2_and_named() {
    let world = World::with([]).await;
    let reply = create(&world, json!({"Policies": "p1,p2"})).await.json();
    assert_eq!(
        (&reply["status"]["Code"], &reply["results"][2]),
        (
            &json!("ok"),
            &json!(
                "policies p1,p2 are kept for hippo and not applied: p1, p2 was not found in namespace pgouser1"
            )
        )
    );
    assert_eq!(world.object(CLUSTER)["spec"]["policies"], "p1,p2");
}

#[tokio::test]
async fn an_image_that_its_registry_does_not_have_is_refused_and_one_of_the_configuration_is_not_asked_for() {
    let registry = crate::registry::tests::registry().await;
    let config = include_str!("../../../../../../deploy/operator/pgo.yaml");
    let (before, after) = config.split_once("CCPImagePrefix:").unwrap();
    let after = after.split_once('\n').unwrap().1;
    let config = format!("{before}CCPImagePrefix: {registry}/pgo\n{after}");
    let world = World::configured([], &config).await;
    for (request, flag, image) in [
        (
            json!({"CCPImageTag": "nope"}),
            "--ccp-image-tag",
            "crunchy-postgres-ha:nope",
        ),
        (json!({"CCPImage": "nope"}), "--ccp-image:", "pgo/nope:"),
        (
            json!({"CCPImage": "image", "CCPImageTag": "nope"}),
            "--ccp-image-tag",
            "pgo/image:nope",
        ),
        (
            json!({"CCPImage": "../image", "CCPImageTag": "there"}),
            "--ccp-image",
            "../image",
        ),
    ] {
        let error = create(&world, request).await.error();
        assert!(error.contains(flag) && error.contains(image), "{error}");
    }
    assert!(world.writes().is_empty());
    let there = json!({"Name": "rhino", "CCPImage": "image", "CCPImageTag": "there"});
    for request in [there, json!({})] {
        let reply = create(&world, request).await.json();
        assert_eq!(reply["status"]["Code"], "ok", "{reply}");
    }
}
