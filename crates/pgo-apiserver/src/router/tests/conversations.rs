//! What a client of version 4.2 said and heard, said again: the answers have the same shape.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{requests, send};
use crate::app::later;
use crate::testing::recorded::Conversation;
use crate::testing::{World, hippo, lacking, namespace, role, shape, user};

/// The requests that were not available when the list was made. No other may ever join them.
const AT_FIRST: &[&str] = &[
    "CreateBackupRequest",
    "ShowBackupRequest",
    "RestoreRequest",
    "CreateDumpRequest",
    "ShowDumpRequest",
    "RestoreDumpRequest",
    "CreateBenchmarkRequest",
    "DeleteBenchmarkRequest",
    "ShowBenchmarkRequest",
    "CatRequest",
    "LsRequest",
    "CloneRequest",
    "DfRequest",
    "FailoverRequest",
    "LoadRequest",
    "CreatePgbouncerRequest",
    "DeletePgbouncerRequest",
    "PostDeletePgbouncerRequest",
    "ApplyPolicyRequest",
    "ReloadRequest",
    "CreateScheduleRequest",
    "DeleteScheduleRequest",
    "ShowScheduleRequest",
    "UpgradeRequest",
    "CreateUserRequest",
    "UpdateUserRequest",
    "DeleteUserRequest",
];

/// Recorded as refusals, or refused because there is no such thing any more, or not everything of it yet.
const REFUSED: &[&str] = &[
    "ShowWorkflowRequest",
    "DeleteBasebackupRequest",
    "CreateBasebackupRequest",
    "RestoreBasebackupRequest",
    "ShowUserRequest",
    "DeleteNamespaceRequest",
];

/// They wait for an operator, which there is none of here; their own tests compare them with the recordings.
const WAITING: &[&str] = &["CreateNamespaceRequest", "UpdateNamespaceRequest"];

/// What can be said again.
pub(super) fn recordings() -> Vec<Conversation> {
    let mut recordings = requests("4.2.0", "pgouser1");
    recordings.retain(|it| !WAITING.contains(&it.message.message.as_ref()));
    recordings
}

/// Clusters, policies and volumes that the recorded requests name; what a request creates is not there yet.
async fn world(request: &Conversation) -> World {
    let config = include_str!("../../../../../deploy/operator/pgo.yaml").replace(
        "\nStorage:\n",
        "\nStorage:\n  nfs: {AccessMode: ReadWriteMany, Size: 1Gi, StorageType: create}\n  pgo-default-sc: {AccessMode: \
         ReadWriteOnce, Size: 1Gi, StorageType: create}\n",
    );
    let named = ["mycluster", "other"].into_iter().flat_map(hippo::whole);
    let policies = ["policy1", "p1", "p2"].map(hippo::policy);
    let dump = hippo::claim("mycluster", "mycluster-pgdump-pvc", "1Gi");
    let objects: Vec<Value> = named.chain(policies).chain([dump]).collect();
    let named = ["pgo1", "pgo2"].map(|name| namespace(name, "devtest"));
    let (role, user) = (role("role1", "Cat"), user("user1", "role1", ""));
    let objects = match request.message.message.as_ref() {
        "CreateClusterRequest" | "CreatePolicyRequest" | "CreatePgoroleRequest" => Vec::new(),
        "CreatePgouserRequest" => named.into_iter().chain([role]).collect(),
        _ => objects.into_iter().chain([role, user]).collect(),
    };
    World::configured(objects, &config).await
}

/// The shape of an answer, without what is a matter of values: which labels there are, and how often.
fn outline(answer: &Value) -> Value {
    let mut outline = shape(answer);
    blank(&mut outline);
    outline
}

fn blank(value: &mut Value) {
    const VALUES: &[&str] = &[
        "metadata",
        "userlabels",
        "Labels",
        "DbTags",
        "Parameters",
        "PVCName",
    ];
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| {
            if VALUES.contains(&key.as_str()) && !value.is_string() {
                *value = json!("values");
            } else {
                blank(value);
            }
        }),
        Value::Array(items) => items.iter_mut().for_each(blank),
        // Version 4.2 wrote null for what it had not made.
        Value::Null => *value = json!([]),
        _ => {}
    }
}

#[tokio::test]
async fn what_4_2_said_is_answered_in_the_shape_that_4_2_heard() {
    for request in recordings() {
        let world = world(&request).await;
        let name = request.message.message.as_ref();
        let reply = send(&world, "pgoadmin", &request).await;
        let answer = reply.json();
        let code = |answer: &Value| answer.get("status").unwrap_or(answer)["Code"].clone();
        let refused = later::REQUESTS.contains(&name) || REFUSED.contains(&name);
        if refused {
            assert_eq!(code(&answer), "error", "{name}: {answer:#}");
            let wanted = request.answer.as_object().unwrap().keys();
            let missing: Vec<_> = wanted.filter(|key| answer.get(key).is_none()).collect();
            assert!(missing.is_empty(), "{name} lacks {missing:?}");
        } else {
            assert_eq!(code(&answer), code(&request.answer), "{name}: {answer:#}");
            let lacking = lacking(&outline(&request.answer), &outline(&answer), "");
            assert!(lacking.is_empty(), "{name}: {lacking:#?}\nin {answer:#}");
        }
        assert_eq!(reply.text.matches('\n').count(), 1, "{name}: one line of JSON");
    }
}

#[tokio::test]
async fn what_is_not_available_says_so_and_does_nothing() {
    let mut found = Vec::new();
    for request in recordings() {
        let world = world(&request).await;
        let reply = send(&world, "pgoadmin", &request).await;
        if reply
            .text
            .contains("is not available yet: the request is in order")
        {
            assert!(reply.error().contains("nothing was done"), "{reply:?}");
            assert!(world.writes().is_empty(), "{}", request.address);
            found.push(request.message.message.into_owned());
        }
    }
    let mut listed = later::REQUESTS.to_vec();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, listed);
}

#[test]
fn the_list_of_what_is_not_available_can_only_become_shorter() {
    for name in later::REQUESTS {
        assert!(AT_FIRST.contains(name), "{name} was available before");
    }
}

#[test]
fn people_are_told_what_is_not_available() {
    let page = include_str!("../../../../../docs/cli.md");
    let (_, after) = page.split_once("## Not available yet\n").unwrap();
    let (told, _) = after.split_once("\n## ").unwrap();
    let told: BTreeSet<_> = told.split('`').filter(|word| word.starts_with("pgo ")).collect();
    // A kind of backup is no command of its own; policies are told of apart.
    let commands = later::COMMANDS
        .iter()
        .filter_map(|it| it.split(" --backup-type").next());
    let mut commands: BTreeSet<_> = commands.collect();
    commands.insert("pgo create cluster");
    assert_eq!(told, commands);
}

/// Scripts for 4.2 tell the two apart by their words and exit codes.
#[tokio::test]
async fn a_cluster_that_is_not_there_is_missed_by_actions_and_has_nothing_to_show() {
    let world = World::with([]).await;
    let missed = "absent was not found, verify cluster name";
    for (path, body) in [
        ("/backrestbackup", json!({"Args": ["absent"]})),
        ("/cat", json!({"Args": ["absent", "/x"]})),
        ("/ls", json!({"Args": ["absent"]})),
        ("/reload", json!({"Args": ["absent"]})),
        (
            "/restore",
            json!({"FromCluster": "absent", "ToPVC": "absent-abcd"}),
        ),
    ] {
        let mut body = body;
        body["Namespace"] = json!("pgouser1");
        let error = world.post(path, body).await.error();
        assert!(error.starts_with(missed), "{path}: {error}");
    }
    let found = "the request is in order";
    for path in ["/backrest/absent", "/df/absent", "/pgdump/absent"] {
        let error = world
            .get(&format!("{path}?version=4.2.0&namespace=pgouser1"))
            .await
            .error();
        assert!(error.contains(found), "{path}: {error}");
    }
    for path in [
        "/benchmarkshow",
        "/benchmarkdelete",
        "/scheduleshow",
        "/scheduledelete",
    ] {
        let body = json!({"Namespace": "pgouser1", "ClusterName": "absent"});
        let error = world.post(path, body).await.error();
        assert!(error.contains(found), "{path}: {error}");
    }
}
