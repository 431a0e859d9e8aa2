use pgo_kube::cache::Caches;
use pgo_kube::{Kube, Scope};
use serde_json::{Value, json};

use crate::auth::Caller;
use crate::testing::{self, World, hippo, lacking, shape};

fn recorded(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn the_version_is_that_of_the_protocol() {
    let world = World::with([]).await;
    let golden = include_str!("../../../pgo-api/tests/golden/version.response.json");
    assert_eq!(world.get("/version").await.json(), recorded(golden));
}

#[tokio::test]
async fn volumes_are_listed_for_one_cluster_or_for_all() {
    let world = World::with(
        hippo::all()
            .into_iter()
            .chain([hippo::claim("rhino", "rhino", "1Gi")]),
    )
    .await;
    let show = async |more: Value| {
        let mut body = json!({"ClientVersion": "4.2.0", "Namespace": "pgouser1"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        world.post("/showpvc", body).await.json()
    };
    let of_hippo = show(json!({"ClusterName": "hippo"})).await;
    let golden = recorded(include_str!(
        "../../../pgo-api/tests/golden/show_pvc.response.json"
    ));
    assert_eq!(shape(&of_hippo), shape(&golden));
    let names = |reply: &Value| {
        let results = reply["Results"].as_array().unwrap();
        results
            .iter()
            .map(|it| it["PVCName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&of_hippo), ["hippo", "hippo-abcd", "hippo-pgbr-repo"]);
    assert_eq!(names(&show(json!({"AllFlag": true})).await).len(), 4);
    assert_eq!(
        show(json!({"ClusterName": "absent"})).await,
        json!({"Results": [], "Code": "", "Msg": ""})
    );
}

#[tokio::test]
async fn the_status_sums_up_the_namespace() {
    let world = World::with(hippo::all()).await;
    let reply = world.get("/status?version=4.2.0&namespace=pgouser1").await.json();
    let golden = recorded(include_str!("../../../pgo-api/tests/golden/status.response.json"));
    let values = |value: &Value| {
        let mut value = shape(value);
        // Which images and labels there are is a matter of values.
        value["Result"]["DbTags"] = Value::Null;
        value["Result"]["Nodes"][0]["Labels"] = Value::Null;
        value
    };
    assert_eq!(
        lacking(&values(&golden), &values(&reply), ""),
        Vec::<String>::new()
    );
    let result = &reply["Result"];
    assert_eq!(
        (
            &result["NumDatabases"],
            &result["NumClaims"],
            &result["VolumeCap"]
        ),
        (&json!(2), &json!(3), &json!("4Gi"))
    );
    assert_eq!(result["DbTags"], json!({"img:tag": 2, "repo:tag": 1}));
    assert_eq!(result["NotReady"], json!([]));
    assert_eq!(result["OperatorStartTime"], "error");
    let nodes: Vec<_> = result["Nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["Name"], &it["Status"]))
        .collect();
    assert_eq!(
        nodes,
        [
            (&json!("node1"), &json!("Ready")),
            (&json!("node2"), &json!("NotReady"))
        ]
    );
    assert_eq!(
        result["Labels"][0],
        json!({"Key": "pg-cluster=hippo", "Value": 2})
    );
}

#[tokio::test]
async fn a_cluster_with_an_instance_that_is_not_ready_is_not_ready() {
    let not_ready = hippo::instance(
        "hippo",
        "hippo-abcd",
        "hippo-abcd-77-y",
        "replica",
        "10.0.0.2",
        false,
    );
    for (objects, expected) in [
        (vec![hippo::cluster("hippo")], json!(["hippo"])),
        (
            hippo::all().into_iter().chain([not_ready]).collect(),
            json!(["hippo"]),
        ),
        (hippo::unheard(), json!(["hippo"])),
    ] {
        let world = World::with(objects).await;
        let reply = world.get("/status?version=4.2.0&namespace=pgouser1").await.json();
        assert_eq!(reply["Result"]["NotReady"], expected);
    }
}

#[tokio::test]
async fn a_workflow_is_shown_with_the_steps_that_the_operator_has_written() {
    let task = |name: &str, id: &str| {
        json!({
            "apiVersion": "crunchydata.com/v1", "kind": "Pgtask",
            "metadata": {"name": name, "namespace": "pgouser1", "labels": {"workflowid": id, "pg-cluster": "hippo"}},
            "spec": {"tasktype": "workflow", "parameters": {"pg-cluster": "hippo", "workflowid": id, "task submitted": "2020-01-02T03:04:05Z"}},
            "status": {"steps": {"task completed": "2020-01-02T03:05:05Z"}},
        })
    };
    let world = World::with([task("a", "one"), task("b", "two"), task("c", "two")]).await;
    let show = async |id: &str| {
        world
            .get(&format!("/workflow/{id}?version=4.2.0&namespace=pgouser1"))
            .await
    };
    let results = show("one").await.json()["Results"].clone();
    assert_eq!(results["ClusterName"], "hippo");
    let steps = json!({"task submitted": "2020-01-02T03:04:05Z", "task completed": "2020-01-02T03:05:05Z", "workflowid": "one"});
    assert!(
        lacking(&steps, &results["Parameters"], "").is_empty(),
        "{results:#}"
    );
    let ambiguous = show("two").await.error();
    assert!(ambiguous.ends_with(" two"), "{ambiguous}");
    let unknown = show("absent").await.error();
    assert!(
        unknown.contains("NOT found") && unknown.ends_with(" absent"),
        "{unknown}"
    );
}

#[tokio::test]
async fn without_basic_auth_a_known_name_suffices() {
    let config = include_str!("../../../../deploy/operator/pgo.yaml").to_owned() + "\nBasicAuth: false\n";
    let world = World::configured([], &config).await;
    let ask = async |authorization: Option<String>| {
        let mut request = http::Request::get("/version");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        world
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await
            .status
    };
    assert_eq!(ask(Some(testing::basic("pgoadmin", "whatever"))).await, 200);
    assert_eq!(ask(Some(testing::basic("stranger", "x"))).await, 403);
    assert_eq!(ask(None).await, 403);
}

#[tokio::test]
async fn the_configuration_that_is_shipped_is_one_that_can_be_used() {
    let shipped = include_str!("../../../../deploy/operator/pgo.yaml");
    let defaults = pgo_plan::defaults::Defaults::parse(shipped).unwrap();
    assert!(defaults.basic_auth);
}

#[tokio::test]
async fn a_namespace_that_has_not_been_heard_of_is_no_empty_one() {
    let world = World::with(hippo::all()).await;
    let unheard = async |scope: Scope| {
        let office = testing::office(&world.server).await;
        let client = world.server.client();
        let caches = Caches::start_to_answer(&client, &scope);
        // Nothing is awaited in between, so no list can have arrived.
        let app = testing::app(office, Kube::new(client, caches), scope);
        let caller = Caller::new("pgoadmin".to_owned(), Vec::new());
        app.check_namespace(&caller, "pgouser1").unwrap_err().to_string()
    };
    for scope in [
        Scope::Only(["pgouser1".to_owned()].into()),
        Scope::of_installation("devtest"),
    ] {
        let error = unheard(scope).await;
        assert!(error.contains("heard of yet"), "{error}");
    }
}

#[tokio::test]
async fn options_are_those_of_their_program_or_refused() {
    let world = World::with(hippo::all()).await;
    let (mine, one) = (json!({"Args": ["hippo"]}), json!({"FromCluster": "hippo"}));
    let restore = json!({"FromCluster": "hippo", "ToPVC": "hippo-wxyz"});
    let nightly = json!({
        "ClusterName": "hippo", "Schedule": "0 1 * * *", "ScheduleType": "pgbackrest", "PGBackRestType": "full",
    });
    for (path, body, field, right, wrong) in [
        (
            "/backrestbackup",
            &mine,
            "BackupOpts",
            "--type full ",
            "--cmd-ssh=/tmp/x",
        ),
        ("/restore", &restore, "RestoreOpts", "--type=time", "--link-all"),
        ("/pgdumpbackup", &mine, "BackupOpts", "-Fc -Z 5", "--dbname=x"),
        (
            "/pgdumpbackup",
            &mine,
            "BackupOpts",
            "--dump-all -r",
            "--dump-all --host=x",
        ),
        ("/pgdumprestore", &one, "RestoreOpts", "-Fc --clean", "--password"),
        ("/backups", &mine, "BackupOpts", "-Ft -Z5", "--pgdata=/x"),
        (
            "/schedule",
            &nightly,
            "ScheduleOptions",
            "--repo1-retention-full=3",
            "--stanza=x",
        ),
    ] {
        let ask = async |options: &str| {
            let mut body = body.clone();
            body["Namespace"] = json!("pgouser1");
            body["FromPVC"] = json!("hippo");
            body[field] = json!(options);
            world.post(path, body).await.error()
        };
        let done = ask(right).await;
        assert!(
            done.contains("the request is in order") || done.contains("not made any more"),
            "{path}: {done}"
        );
        let refused = ask(wrong).await;
        assert!(
            refused.contains("is not supported for use with PGO"),
            "{path}: {refused}"
        );
        let unknown = ask(&format!("{right} --frobnicate")).await;
        assert!(
            unknown.contains("unknown flag: --frobnicate"),
            "{path}: {unknown}"
        );
    }
    assert!(world.writes().is_empty());
}
