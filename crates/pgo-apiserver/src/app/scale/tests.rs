use serde_json::{Value, json};

use crate::testing::{Reply, World, hippo, shape};

const WHO: &str = "version=4.2.0&namespace=pgouser1";

async fn get(world: &World, address: &str) -> Reply {
    let joint = if address.contains('?') { '&' } else { '?' };
    world.get(&format!("{address}{joint}{WHO}")).await
}

fn recorded(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

mod up {
    use super::*;

    #[tokio::test]
    async fn each_replica_has_a_name_of_its_own_and_what_was_said() {
        let world = World::with(hippo::all()).await;
        let address = "/clusters/scale/hippo?replica-count=2&resources-config=small&storage-config=default\
                       &node-label=region=us&ccp-image-tag=tag&service-type=ClusterIP";
        let reply = get(&world, address).await.json();
        assert_eq!(
            shape(&reply),
            shape(&recorded(include_str!(
                "../../../../pgo-api/tests/golden/scale.response.json"
            )))
        );
        let names: Vec<_> = reply["Results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1]);
        for name in names
            .iter()
            .map(|it| it.strip_prefix("created Pgreplica ").unwrap())
        {
            let suffix = name.strip_prefix("hippo-").unwrap();
            assert!(
                suffix.len() == 4 && suffix.bytes().all(|byte| byte.is_ascii_lowercase()),
                "{name}"
            );
            let replica = world.object(&format!(
                "apis/crunchydata.com/v1/namespaces/pgouser1/pgreplicas/{name}"
            ));
            let (spec, labels) = (&replica["spec"], &replica["metadata"]["labels"]);
            assert_eq!(
                (&spec["clustername"], &labels["pg-cluster"], &labels["pgouser"]),
                (&json!("hippo"), &json!("hippo"), &json!("pgoadmin"))
            );
            assert_eq!(
                (
                    &spec["userlabels"]["NodeLabelKey"],
                    &spec["userlabels"]["ccp-image-tag"]
                ),
                (&json!("region"), &json!("tag"))
            );
            assert_eq!(spec["containerresources"]["limitsmemory"], "512Mi");
            assert_eq!(spec["replicastorage"]["size"], "1Gi");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_and_nothing_is_written() {
        let world = World::with(hippo::all()).await;
        let table = [
            ("hippo?replica-count=x", "--replica-count"),
            ("hippo?replica-count=-1", "--replica-count"),
            ("hippo?replica-count=", "--replica-count"),
            ("hippo?replica-count=100000", "--replica-count"),
            ("hippo?replica-count=1&storage-config=absent", "--storage-config"),
            (
                "hippo?replica-count=1&resources-config=absent",
                "--resources-config",
            ),
            ("hippo?replica-count=1&node-label=region=mars", "--node-label"),
            ("hippo?replica-count=1&node-label=x", "--node-label"),
            ("hippo?replica-count=1&service-type=x", "--service-type"),
            ("hippo?replica-count=1&ccp-image-tag=a/b", "--ccp-image-tag"),
            (
                "absent?replica-count=1",
                "absent was not found, verify cluster name",
            ),
            ("all?replica-count=1", "all was not found"),
            ("..%2F..?replica-count=1", ""),
        ];
        for (address, expected) in table {
            let reply = get(&world, &format!("/clusters/scale/{address}")).await;
            if expected.is_empty() {
                assert_ne!(reply.status, 200, "{address}");
            } else {
                let error = reply.error();
                assert!(error.contains(expected), "{address}: {error}");
            }
        }
        assert_eq!(
            get(&world, "/clusters/scale/hippo?replica-count=0").await.json()["Code"],
            "ok"
        );
        assert!(world.writes().is_empty());
    }
}

mod going {
    use super::*;

    #[tokio::test]
    async fn a_cluster_whose_removal_was_asked_for_gets_no_more_replicas() {
        let world = World::with(hippo::all()).await;
        let delete = json!({"Clustername": "hippo", "ClientVersion": "4.2.0", "Namespace": "pgouser1"});
        world.post("/clustersdelete", delete).await;
        let error = get(&world, "/clusters/scale/hippo?replica-count=1").await.error();
        assert!(error.contains("is being removed"), "{error}");
    }
}

mod query {
    use super::*;

    #[tokio::test]
    async fn replicas_are_listed_with_their_lag_and_the_leader_is_not() {
        let world = World::with(hippo::all()).await;
        let reply = get(&world, "/scale/hippo").await.json();
        let golden = recorded(include_str!(
            "../../../../pgo-api/tests/golden/scale_query.response.json"
        ));
        assert_eq!(shape(&reply), shape(&golden));
        let expected = json!([{"Name": "hippo-abcd", "Node": "node1", "ReplicationLag": 3, "Status": "streaming", "Timeline": 3}]);
        assert_eq!(reply["Results"], expected);
    }

    #[tokio::test]
    async fn an_old_leader_that_was_lost_is_offered_for_removal() {
        let objects = [
            hippo::cluster("hippo"),
            hippo::replica("hippo", "hippo-abcd"),
            hippo::slice("hippo", &["10.0.0.1"]),
            hippo::instance("hippo", "hippo", "hippo-77-x", "master", "10.0.0.1", true),
            hippo::instance(
                "hippo",
                "hippo-abcd",
                "hippo-abcd-77-y",
                "master",
                "10.0.0.2",
                true,
            ),
        ];
        let world = World::with(objects).await;
        let results = get(&world, "/scale/hippo").await.json()["Results"].clone();
        assert_eq!(
            (&results[0]["Name"], &results[0]["Status"]),
            (&json!("hippo-abcd"), &json!("unknown"))
        );
    }

    #[tokio::test]
    async fn nothing_is_known_of_a_replica_from_which_the_primary_hears_nothing() {
        let world = World::with(hippo::unheard()).await;
        let results = get(&world, "/scale/hippo").await.json()["Results"].clone();
        assert_eq!(
            (&results[0]["Name"], &results[0]["Status"]),
            (&json!("hippo-abcd"), &json!("unknown"))
        );
    }

    #[tokio::test]
    async fn the_first_instance_is_listed_as_a_replica_and_stays() {
        let objects = [
            hippo::cluster("hippo"),
            hippo::replica("hippo", "hippo-abcd"),
            hippo::instance("hippo", "hippo", "hippo-77-x", "replica", "10.0.0.1", true),
            hippo::instance(
                "hippo",
                "hippo-abcd",
                "hippo-abcd-77-y",
                "master",
                "10.0.0.2",
                true,
            ),
        ];
        let world = World::with(objects).await;
        let results = get(&world, "/scale/hippo").await.json()["Results"].clone();
        assert_eq!(
            (&results[0]["Name"], results.as_array().map(Vec::len)),
            (&json!("hippo"), Some(1))
        );
        let error = get(&world, "/scaledown/hippo?replica-name=hippo&delete-data=true")
            .await
            .error();
        assert!(error.contains("goes only with it"), "{error}");
        assert!(world.writes().is_empty());
    }

    #[tokio::test]
    async fn a_cluster_without_replicas_has_none_and_one_that_does_not_exist_is_an_error() {
        let world = World::with([hippo::cluster("hippo")]).await;
        assert_eq!(
            get(&world, "/scale/hippo").await.json(),
            json!({"Results": [], "Code": "ok", "Msg": ""})
        );
        assert!(get(&world, "/scale/absent").await.error().contains("absent"));
    }
}

mod down {
    use super::*;

    #[tokio::test]
    async fn a_task_asks_for_the_removal_of_the_replica() {
        for (said, delete) in [("true", "true"), ("F", "false"), ("1", "true")] {
            let world = World::with(hippo::all()).await;
            let reply = get(
                &world,
                &format!("/scaledown/hippo?replica-name=hippo-abcd&delete-data={said}"),
            )
            .await
            .json();
            assert_eq!(
                reply,
                recorded(include_str!(
                    "../../../../pgo-api/tests/golden/scale_down.response.json"
                ))
            );
            let task = world.object("apis/crunchydata.com/v1/namespaces/pgouser1/pgtasks/hippo-abcd-rmdata");
            let parameters = &task["spec"]["parameters"];
            assert_eq!(
                (&parameters["delete-data"], &parameters["is-replica"]),
                (&json!(delete), &json!("true"))
            );
            assert_eq!(
                (&parameters["delete-backups"], &parameters["replica-name"]),
                (&json!("false"), &json!("hippo-abcd"))
            );
        }
    }

    #[tokio::test]
    async fn the_primary_is_never_removed_whatever_its_name() {
        let mut objects = vec![
            hippo::cluster("hippo"),
            hippo::replica("hippo", "hippo-abcd"),
            hippo::instance("hippo", "hippo", "hippo-77-x", "replica", "10.0.0.1", true),
            hippo::instance(
                "hippo",
                "hippo-abcd",
                "hippo-abcd-77-y",
                "master",
                "10.0.0.2",
                true,
            ),
        ];
        let world = World::with(objects.clone()).await;
        let error = get(
            &world,
            "/scaledown/hippo?replica-name=hippo-abcd&delete-data=true",
        )
        .await
        .error();
        assert!(error.contains("is the primary"), "{error}");

        // No pod says who leads: the operator's last word counts.
        objects[0]["status"]["primary"] = json!("hippo-abcd");
        objects.truncate(2);
        let world = World::with(objects).await;
        let error = get(
            &world,
            "/scaledown/hippo?replica-name=hippo-abcd&delete-data=true",
        )
        .await
        .error();
        assert!(error.contains("is the primary"), "{error}");
        assert!(world.writes().is_empty());
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_and_nothing_is_written() {
        let other = hippo::replica("rhino", "rhino-abcd");
        let world = World::with(hippo::all().into_iter().chain([other])).await;
        let table = [
            (
                "absent?replica-name=hippo-abcd&delete-data=true",
                "absent was not found",
            ),
            ("hippo?replica-name=hippo-zzzz&delete-data=true", "hippo-zzzz"),
            ("hippo?replica-name=rhino-abcd&delete-data=true", "rhino-abcd"),
            ("hippo?replica-name=hippo&delete-data=true", "is the primary"),
            ("hippo?replica-name=&delete-data=true", "--target"),
            ("hippo?replica-name=hippo-abcd", "delete-data"),
            ("hippo?replica-name=hippo-abcd&delete-data=perhaps", "delete-data"),
        ];
        for (address, expected) in table {
            let error = get(&world, &format!("/scaledown/{address}")).await.error();
            assert!(error.contains(expected), "{address}: {error}");
        }
        assert!(world.writes().is_empty());
        get(
            &world,
            "/scaledown/hippo?replica-name=hippo-abcd&delete-data=true",
        )
        .await;
        let error = get(
            &world,
            "/scaledown/hippo?replica-name=hippo-abcd&delete-data=true",
        )
        .await
        .error();
        assert!(error.contains("running already"), "{error}");
    }
}
