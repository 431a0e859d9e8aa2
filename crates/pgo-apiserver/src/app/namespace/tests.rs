use std::time::Duration;

use pgo_plan::labels;
use serde_json::{Value, json};

use crate::testing::{World, ours, shape, until, user};

fn namespace(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

fn all() -> Vec<Value> {
    vec![
        namespace("pgo", &json!({})),
        namespace("pgouser1", &json!(ours().labels())),
        namespace("pgouser2", &json!(ours().labels())),
        namespace(
            "theirs",
            &json!({"vendor": "crunchydata", "pgo-installation-name": "another"}),
        ),
        namespace("half", &json!({"pgo-installation-name": "devtest"})),
        namespace("plain", &json!({})),
    ]
}

async fn ask(world: &World, user: &str, path: &str, names: &[&str]) -> Value {
    let body = json!({"Args": names, "ClientVersion": "4.2.0", "Namespace": "pgo"});
    let reply = world.ask(user, "POST", path, body.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn golden(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Does what the operator does for each namespace that asks for its rights, until `work` is done.
async fn with_operator<T>(world: &World, work: impl Future<Output = T>) -> T {
    let operator = async {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            for (path, mut namespace) in world.server.world() {
                if path.starts_with("api/v1/namespaces/")
                    && namespace["metadata"]["annotations"][labels::RIGHTS] == "wanted"
                {
                    namespace["metadata"]["annotations"][labels::RIGHTS] = json!("given");
                    world.server.put(&namespace);
                }
            }
        }
    };
    tokio::select! {
        done = work => done,
        () = operator => unreachable!(),
    }
}

#[tokio::test]
async fn every_namespace_is_shown_with_who_may_use_it() {
    let world = World::of_namespaces(all()).await;
    let show = async |user: &str| {
        let body = json!({"Args": [], "AllFlag": true, "ClientVersion": "4.2.0"});
        world
            .ask(user, "POST", "/namespace", body.to_string())
            .await
            .json()
    };
    let shown = show("pgoadmin").await;
    let recorded = golden(include_str!(
        "../../../../pgo-api/tests/golden/show_namespace.response.json"
    ));
    assert_eq!(shape(&shown), shape(&recorded));
    let rows: Vec<_> = shown["Results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["Namespace"].as_str().unwrap(),
                row["InstallationAccess"].as_bool().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("half", false),
        ("pgo", false),
        ("pgouser1", true),
        ("pgouser2", true),
        ("plain", false),
        ("theirs", false),
    ];
    assert_eq!(rows, expected);

    let one = ask(&world, "pgoadmin", "/namespace", &["theirs"]).await;
    assert_eq!(
        one["Results"],
        json!([{"Namespace": "theirs", "InstallationAccess": false, "UserAccess": true}])
    );
    for nonsense in [&["absent"] as &[&str], &[], &["../secrets"], &[""]] {
        assert_eq!(
            ask(&world, "pgoadmin", "/namespace", nonsense).await["Code"],
            "error",
            "{nonsense:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_created_as_ours_and_can_be_used_when_the_answer_comes() {
    let world = World::of_namespaces(all()).await;
    let created = ask(&world, "pgoadmin", "/namespacecreate", &["ns1", "ns2"]).await;
    let recorded = include_str!("../../../../pgo-api/tests/golden/create_namespace.response.json");
    assert_eq!(created, golden(recorded));
    let labels = world.object("api/v1/namespaces/ns1")["metadata"]["labels"].clone();
    assert_eq!(labels["vendor"], "crunchydata");
    assert_eq!(labels["pgo-installation-name"], "devtest");
    assert_eq!(labels["pgo-created-by"], "pgoadmin");
    let status = world.get("/status?version=4.2.0&namespace=ns2").await.json();
    assert_eq!(status["Code"], "ok", "{status}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_created_is_refused_and_what_was_created_before_is_told() {
    let world = World::of_namespaces(all()).await;
    for (name, word) in [
        ("pgouser1", "exists already"),
        ("plain", "exists already"),
        ("Upper", "cannot be the name"),
        ("1st", "cannot be the name"),
        ("a.b", "cannot be the name"),
        ("../x", "cannot be the name"),
        ("", "cannot be the name"),
        (&"x".repeat(64), "cannot be the name"),
    ] {
        let answer = ask(&world, "pgoadmin", "/namespacecreate", &["before", name]).await;
        assert!(answer["Msg"].as_str().unwrap().contains(word), "{name}: {answer}");
        assert_eq!(answer["Results"], json!(["created namespace before"]));
        world.server.remove("api/v1/namespaces/before");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_being_deleted_can_be_created_when_it_has_gone() {
    let world = World::of_namespaces(all()).await;
    let mut dying = world.object("api/v1/namespaces/pgouser1");
    dying["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    world.server.put(&dying);
    let answer = ask(&world, "pgoadmin", "/namespacecreate", &["pgouser1"]).await;
    assert_eq!(
        answer["Msg"],
        "namespace \"pgouser1\" is being deleted: try again when it has gone"
    );
    world.server.remove("api/v1/namespaces/pgouser1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = ask(&world, "pgoadmin", "/namespacecreate", &["pgouser1"]).await;
    assert_eq!(answer["Results"], json!(["created namespace pgouser1"]));
}

#[tokio::test(start_paused = true)]
async fn updating_asks_the_operator_for_the_rights_again_and_waits_for_them() {
    let world = World::of_namespaces(all()).await;
    let answer = ask(&world, "pgoadmin", "/namespaceupdate", &["pgouser1"]).await;
    assert!(
        answer["Msg"].as_str().unwrap().contains("operator"),
        "nobody gives them: {answer}"
    );
    let answer = with_operator(&world, ask(&world, "pgoadmin", "/namespaceupdate", &["pgouser1"])).await;
    assert_eq!(
        answer["Results"],
        json!(["updated namespace pgouser1"]),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_goes_while_its_rights_are_waited_for_is_said_to_be_gone() {
    let world = World::of_namespaces(all()).await;
    let goes = async {
        let path = "api/v1/namespaces/pgouser1";
        let is_marked = || world.object(path)["metadata"]["annotations"][labels::RIGHTS] == "wanted";
        until(is_marked).await;
        // Whoever waits has heard of the mark by then.
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.server.remove(path);
    };
    let (answer, ()) = tokio::join!(ask(&world, "pgoadmin", "/namespaceupdate", &["pgouser1"]), goes);
    assert!(answer["Msg"].as_str().unwrap().contains("not found"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn only_what_is_ours_is_deleted_or_updated() {
    let world = World::of_namespaces(all()).await;
    world.writes();
    for path in ["/namespacedelete", "/namespaceupdate"] {
        for (name, word) in [
            ("theirs", "\"another\""),
            ("half", "kubectl label namespace half"),
            ("plain", "kubectl label namespace plain"),
            ("pgo", "does not belong"),
            ("absent", "not found"),
            ("../pgouser1", "not found"),
        ] {
            let answer = ask(&world, "pgoadmin", path, &[name]).await;
            assert_eq!(answer["Code"], "error");
            assert!(
                answer["Msg"].as_str().unwrap().contains(word),
                "{path} {name}: {answer}"
            );
        }
    }
    assert_eq!(world.writes(), Vec::<String>::new());

    let deleted = ask(&world, "pgoadmin", "/namespacedelete", &["pgouser1"]).await;
    assert_eq!(deleted["Results"], json!(["deleted namespace pgouser1"]));
    assert!(world.server.object("api/v1/namespaces/pgouser1").is_none());
    assert!(world.server.object("api/v1/namespaces/pgouser2").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_user_of_one_namespace_does_nothing_to_another_and_cannot_tell_whether_it_exists() {
    let mut objects = all();
    objects.push(user("keeper", "admin", "pgouser1"));
    let world = World::of_namespaces(objects).await;
    world.writes();
    for path in ["/namespacedelete", "/namespaceupdate", "/namespacecreate"] {
        let said = async |name: &str| {
            let answer = ask(&world, "keeper", path, &[name]).await;
            answer["Msg"].as_str().unwrap().replace(name, "N")
        };
        let absent = said("absent").await;
        assert!(absent.contains("no access"), "{absent}");
        for other in ["pgouser2", "theirs", "plain"] {
            assert_eq!(said(other).await, absent, "{path} {other}");
        }
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(
        ask(&world, "keeper", "/namespacedelete", &["pgouser1"]).await["Code"],
        "ok"
    );
}

#[tokio::test]
async fn a_namespace_that_changes_hands_at_the_last_moment_is_not_deleted() {
    let world = World::of_namespaces(all()).await;
    let seen = world.app.kube.find_namespace("pgouser1").await.unwrap().unwrap();
    world.server.put(&namespace(
        "pgouser1",
        &json!({"pgo-installation-name": "another"}),
    ));
    let refusal = super::unchanged("pgouser1", world.app.kube.delete_namespace(&seen).await).unwrap_err();
    assert!(
        refusal.to_string().contains("changed by somebody else"),
        "{refusal}"
    );
    assert!(world.server.object("api/v1/namespaces/pgouser1").is_some());
}
