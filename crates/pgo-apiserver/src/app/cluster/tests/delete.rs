use super::*;

const TASK: &str = "apis/crunchydata.com/v1/namespaces/pgouser1/pgtasks/hippo-rmdata";

async fn delete(world: &World, more: Value) -> Reply {
    let mut body = json!({
        "Clustername": "hippo", "ClientVersion": "4.2.0", "Namespace": "pgouser1", "DeleteData": true, "DeleteBackups": true,
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.post("/clustersdelete", body).await
}

#[tokio::test]
async fn a_task_asks_for_the_removal_and_the_cluster_is_not_touched() {
    for (data, backups) in [(true, true), (true, false), (false, true), (false, false)] {
        let world = World::with(hippo::all()).await;
        let reply = delete(&world, json!({"DeleteData": data, "DeleteBackups": backups}))
            .await
            .json();
        assert_eq!(
            reply,
            recorded(include_str!(
                "../../../../../pgo-api/tests/golden/delete_cluster.response.json"
            ))
        );
        assert_eq!(world.writes(), ["POST pgtasks/hippo-rmdata"]);
        let task = world.object(TASK);
        let expected = json!({
            "delete-data": data.to_string(), "delete-backups": backups.to_string(), "is-replica": "false",
            "is-backup": "false", "pg-cluster": "hippo", "replica-name": "", "crunchy-pgha-scope": "hippo",
        });
        assert_eq!(
            (&task["spec"]["tasktype"], &task["spec"]["parameters"]),
            (&json!("delete-data"), &expected)
        );
        assert_eq!(task["metadata"]["labels"]["pgrmdata"], "true");
        assert_eq!(task["metadata"]["ownerReferences"][0]["name"], "hippo");
    }
}

#[tokio::test]
async fn a_second_request_while_one_runs_says_so() {
    let world = World::with(hippo::all()).await;
    delete(&world, json!({})).await;
    let error = delete(&world, json!({})).await.error();
    assert!(
        error.contains("hippo") && error.contains("running already"),
        "{error}"
    );
}

#[tokio::test]
async fn a_request_about_a_namesake_or_one_that_was_refused_is_in_nobody_s_way() {
    let old = |more: Value| {
        let mut task = json!({
            "apiVersion": "crunchydata.com/v1", "kind": "Pgtask",
            "metadata": {"name": "hippo-rmdata", "namespace": "pgouser1", "labels": {"pg-cluster": "hippo"}},
            "spec": {"tasktype": "delete-data"},
        });
        for (key, value) in more.as_object().unwrap() {
            if key == "metadata" {
                task["metadata"]
                    .as_object_mut()
                    .unwrap()
                    .extend(value.as_object().unwrap().clone());
            } else {
                task[key] = value.clone();
            }
        }
        task
    };
    let owner =
        json!([{"apiVersion": "crunchydata.com/v1", "kind": "Pgcluster", "name": "hippo", "uid": "earlier"}]);
    let condition = json!([{"type": "Accepted", "status": "False", "reason": "x", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
    for stale in [
        old(json!({"metadata": {"ownerReferences": owner}})),
        old(json!({"status": {"conditions": condition}})),
    ] {
        let world = World::with(hippo::all().into_iter().chain([stale])).await;
        assert_eq!(delete(&world, json!({})).await.json()["Code"], "ok");
        assert_eq!(
            world.writes(),
            ["DELETE pgtasks/hippo-rmdata", "POST pgtasks/hippo-rmdata"]
        );
    }
}

#[tokio::test]
async fn nothing_that_fits_is_an_error_with_the_name() {
    let world = World::with([]).await;
    assert!(delete(&world, json!({})).await.error().contains("\"hippo\""));
    assert!(
        delete(&world, json!({"Clustername": "all"}))
            .await
            .error()
            .contains("no clusters")
    );
    assert!(
        delete(&world, json!({"Selector": "env=dev"}))
            .await
            .error()
            .contains("env=dev")
    );
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn all_means_every_cluster_of_the_namespace_and_a_selector_decides_alone() {
    let world = World::with([hippo::cluster("hippo"), hippo::cluster("rhino")]).await;
    let reply = delete(&world, json!({"Clustername": "all", "Selector": "name=rhino"}))
        .await
        .json();
    assert_eq!(reply["Results"], json!(["deleted pgcluster rhino"]));
    let reply = delete(&world, json!({"Clustername": "all"})).await.json();
    assert_eq!(reply["Results"][0], "deleted pgcluster hippo");
}

#[tokio::test]
async fn of_several_clusters_those_that_go_already_keep_none_of_the_others() {
    let mut dying = hippo::cluster("cow");
    dying["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    dying["metadata"]["finalizers"] = json!(["crunchydata.com/pgcluster"]);
    let world = World::with([dying, hippo::cluster("hippo"), hippo::cluster("rhino")]).await;
    delete(&world, json!({})).await;
    let running =
        |name: &str| format!("the removal of cluster {name} is running already, as it was asked for before");
    for (several, rhino) in [
        (
            json!({"Clustername": "all"}),
            "deleted pgcluster rhino".to_owned(),
        ),
        (json!({"Clustername": "all"}), running("rhino")),
        (
            json!({"Clustername": "", "Selector": "name in (cow,hippo,rhino)"}),
            running("rhino"),
        ),
    ] {
        let reply = delete(&world, several).await.json();
        assert_eq!(
            (&reply["Code"], &reply["Results"]),
            (&json!("ok"), &json!([running("cow"), running("hippo"), rhino]))
        );
    }
    for named in ["cow", "hippo", "rhino"] {
        let error = delete(&world, json!({"Clustername": named})).await.error();
        assert!(error.contains("running already"), "{named}: {error}");
    }
}

#[tokio::test]
async fn what_was_asked_for_before_a_failure_is_reported_beside_it() {
    let world = World::with([hippo::cluster("hippo"), hippo::cluster("rhino")]).await;
    world.server.fault(1, Fault::Refused(500));
    let reply = delete(&world, json!({"Clustername": "all"})).await.json();
    assert_eq!(
        (&reply["Code"], &reply["Results"]),
        (&json!("error"), &json!(["deleted pgcluster hippo"]))
    );
}
