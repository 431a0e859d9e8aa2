use http::StatusCode;
use pgo_api::Permission;
use pgo_kube::testing::Fault;
use serde_json::{Value, json};

use crate::auth::Accounts as _;
use crate::testing::{World, decoded, role, until, user};

async fn post(world: &World, path: &str, fields: Value) -> crate::testing::Reply {
    let mut body = json!({"Namespace": "pgo", "ClientVersion": "4.2.0"});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    world.post(path, body).await
}

async fn create(world: &World, name: &str, permissions: &str) -> crate::testing::Reply {
    let fields = json!({"PgoroleName": name, "PgorolePermissions": permissions});
    post(world, "/pgorolecreate", fields).await
}

async fn update(world: &World, name: &str, permissions: &str) -> crate::testing::Reply {
    let fields = json!({"PgoroleName": name, "PgorolePermissions": permissions, "ChangePermissions": false});
    post(world, "/pgoroleupdate", fields).await
}

async fn delete(world: &World, names: &[&str]) -> Value {
    post(
        world,
        "/pgoroledelete",
        json!({"PgoroleName": names, "AllFlag": false}),
    )
    .await
    .json()
}

#[tokio::test]
async fn a_role_is_kept_as_4_2_kept_it() {
    let world = World::with([]).await;
    let reply = create(&world, "role1", "Cat, Ls").await;
    assert_eq!(reply.text, "{\"Code\":\"ok\",\"Msg\":\"\"}\n");
    let kept = world.object("api/v1/namespaces/pgo/secrets/pgorole-role1");
    assert_eq!(
        (kept["type"].as_str(), &kept["metadata"]["labels"]),
        (
            Some("Opaque"),
            &json!({"pgo-pgorole": "true", "rolename": "role1", "vendor": "crunchydata", "pgo-created-by": "pgoadmin"})
        )
    );
    assert_eq!(
        decoded(&kept),
        json!({"rolename": "role1", "permissions": "Cat, Ls"})
    );
}

#[tokio::test]
async fn the_same_role_again_changes_nothing_and_another_of_its_name_is_refused() {
    let world = World::with([]).await;
    create(&world, "role1", "Cat,Ls").await;
    world.writes();
    for same in ["Cat, Ls", "Ls,Cat", "Cat,Ls,Cat"] {
        assert_eq!(create(&world, "role1", same).await.json()["Code"], "ok", "{same}");
    }
    let error = create(&world, "role1", "Cat").await.error();
    assert!(error.contains("role1") && error.contains("exists"), "{error}");
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn names_and_permissions_that_are_none_are_refused() {
    let world = World::with([]).await;
    for name in [
        "",
        "Role",
        "1role",
        "a.b",
        "a/b",
        "ro le",
        "-a",
        "a-",
        "röle",
        "../x",
        &"x".repeat(64),
    ] {
        let error = create(&world, name, "Cat").await.error();
        assert!(error.contains("invalid pgorole name"), "{name:?}: {error}");
    }
    for permissions in [
        "",
        "cat",
        "Cat,",
        "Cat,*",
        "*,Cat",
        "Cat;Ls",
        "Cat\nLs",
        "CreateAnything",
    ] {
        for error in [
            create(&world, "role1", permissions).await.error(),
            update(&world, "reader", permissions).await.error(),
        ] {
            assert!(
                error.contains("not a valid Permission"),
                "{permissions:?}: {error}"
            );
        }
    }
    assert!(world.writes().is_empty());
    for permissions in ["*", "Clone", "CreateBenchmark,ShowUser"] {
        let name = format!("r{}", permissions.len());
        assert_eq!(
            create(&world, &name, permissions).await.json()["Code"],
            "ok",
            "{permissions}"
        );
    }
}

#[tokio::test]
async fn a_narrowed_role_counts_from_the_answer_on_at_this_server_and_soon_at_the_other() {
    let world = World::with([]).await;
    let other = world.replica().await;
    let version = async |world: &World| world.ask("reader", "GET", "/version", "").await.status;
    assert_eq!(
        (version(&world).await, version(&other).await),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(update(&world, "reader", "Cat").await.json()["Code"], "ok");
    assert_eq!(version(&world).await, StatusCode::FORBIDDEN);
    until(|| {
        !other
            .app
            .office
            .role("reader")
            .unwrap()
            .allows(Permission::Version)
    })
    .await;
    assert_eq!(version(&other).await, StatusCode::FORBIDDEN);
    let kept = world.object("api/v1/namespaces/pgo/secrets/pgorole-reader");
    assert_eq!(kept["metadata"]["labels"]["pgo-updated-by"], "pgoadmin");
    assert_eq!(
        decoded(&kept),
        json!({"rolename": "reader", "permissions": "Cat"})
    );
    assert!(
        update(&world, "absent", "Cat")
            .await
            .error()
            .contains("not found")
    );
}

#[tokio::test]
async fn a_deleted_role_is_taken_from_its_users_who_keep_their_others() {
    let two = user("two", "gone-soon,reader", "");
    let world = World::with([two, role("gone-soon", "CreateCluster")]).await;
    let version = async || world.ask("two", "GET", "/version", "").await.status;
    assert_eq!(version().await, StatusCode::OK);
    let done = delete(&world, &["gone-soon", "absent"]).await;
    assert_eq!(
        done["Results"],
        json!(["deleted role gone-soon", "pgorole-absent not found"])
    );
    assert_eq!(version().await, StatusCode::OK);
    let kept = decoded(&world.object("api/v1/namespaces/pgo/secrets/pgouser-two"));
    assert_eq!(
        (&kept["roles"], &kept["username"]),
        (&json!("reader"), &json!("two"))
    );
    delete(&world, &["reader"]).await;
    assert_eq!(version().await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_was_deleted_before_a_failure_is_reported_beside_it() {
    let world = World::with([role("one", "Cat"), role("two", "Cat")]).await;
    world.server.fault(1, Fault::Refused(500));
    let done = delete(&world, &["one", "two"]).await;
    assert_eq!(
        (&done["Code"], &done["Results"]),
        (&json!("error"), &json!(["deleted role one"]))
    );
}

#[tokio::test]
async fn all_without_names_are_all_but_the_caller_s_own() {
    let world = World::with([role("one", "Cat")]).await;
    // 4.2 demanded names beside the flag and deleted those; a script that relies on that must not lose the rest.
    let named = json!({"PgoroleName": ["one"], "AllFlag": true});
    assert_eq!(
        post(&world, "/pgoroledelete", named).await.json()["Results"],
        json!(["deleted role one"])
    );
    let all = json!({"PgoroleName": [], "AllFlag": true});
    assert_eq!(
        post(&world, "/pgoroledelete", all).await.json()["Results"],
        json!(["deleted role reader"])
    );
}

#[tokio::test]
async fn roles_are_shown_by_name_or_all() {
    let world = World::with([]).await;
    let shown = post(&world, "/pgoroleshow", json!({"AllFlag": true}))
        .await
        .json();
    let all = json!([{"Name": "admin", "Permissions": "*"}, {"Name": "reader", "Permissions": "ShowCluster,Version,Status"}]);
    assert_eq!((&shown["RoleInfo"], &shown["Code"]), (&all, &json!("ok")));
    let named = json!({"PgoroleName": ["admin", "absent"]});
    let shown = post(&world, "/pgoroleshow", named).await.json();
    assert_eq!(
        shown["RoleInfo"],
        json!([{"Name": "admin", "Permissions": "*"}, {"Name": "absent was not found", "Permissions": ""}])
    );
}

#[tokio::test]
async fn who_may_use_some_namespaces_touches_no_role_that_an_account_for_others_has() {
    let world = World::with([
        user("limited", "admin,own", "pgouser1"),
        user("equal", "shared,own", "pgouser1"),
        user("other", "reader, shared", "pgouser2"),
        user("orphan", "absent", ""),
        role("own", "Cat"),
        role("shared", "Cat"),
        role("nobodys", "Cat"),
    ])
    .await;
    let before = world.server.world();
    let ask = async |route: &str, fields: Value| {
        let mut body = json!({"ClientVersion": "4.2.0", "PgorolePermissions": "*"});
        let more = fields.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        world.ask("limited", "POST", route, body.to_string()).await
    };
    for (route, fields, holder) in [
        ("/pgoroleupdate", json!({"PgoroleName": "admin"}), "pgoadmin"),
        ("/pgoroleupdate", json!({"PgoroleName": "shared"}), "other"),
        ("/pgoroledelete", json!({"PgoroleName": ["shared"]}), "other"),
        // Some account for all namespaces waits for it.
        ("/pgorolecreate", json!({"PgoroleName": "absent"}), "orphan"),
    ] {
        let error = ask(route, fields.clone()).await.error();
        assert!(
            error.contains("may use") && error.contains(holder),
            "{route} {fields}: {error}"
        );
    }
    assert_eq!(world.server.world(), before);
    for (route, fields) in [
        ("/pgoroleupdate", json!({"PgoroleName": "own"})),
        ("/pgoroledelete", json!({"PgoroleName": ["own"]})),
        ("/pgorolecreate", json!({"PgoroleName": "new"})),
    ] {
        assert_eq!(
            ask(route, fields.clone()).await.json()["Code"],
            "ok",
            "{route} {fields}"
        );
    }
    // As with users, the first that is out of reach ends it, and what was done before is told.
    let all = ask("/pgoroledelete", json!({"PgoroleName": [], "AllFlag": true}))
        .await
        .json();
    assert_eq!(
        (&all["Code"], &all["Results"]),
        (
            &json!("error"),
            &json!(["deleted role new", "deleted role nobodys"])
        )
    );
    world.object("api/v1/namespaces/pgo/secrets/pgorole-reader");
    world.object("api/v1/namespaces/pgo/secrets/pgorole-admin");
}

#[tokio::test]
async fn a_role_that_is_deleted_while_a_user_is_given_it_stays_with_nobody() {
    let path = "api/v1/namespaces/pgo/secrets/pgouser-two";
    let later = async |steps: usize| {
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
    };
    for late in (-100_i32..100).step_by(5) {
        // The others take the deletion some time between its first look and the end of the role.
        let others = ["a", "b", "c"].map(|name| user(name, "fleeting", ""));
        let there = [user("two", "reader", ""), role("fleeting", "Cat")];
        let world = World::with(others.into_iter().chain(there)).await;
        let other = world.replica().await;
        let deletes = async {
            later(late.unsigned_abs() as usize * usize::from(late > 0)).await;
            delete(&world, &["fleeting"]).await
        };
        let gives = async {
            later(late.unsigned_abs() as usize * usize::from(late < 0)).await;
            let fields = json!({"PgouserName": "two", "PgouserRoles": "reader,fleeting"});
            post(&other, "/pgouserupdate", fields).await.json()
        };
        let (done, said) = tokio::join!(deletes, gives);
        assert_eq!(
            done["Results"],
            json!(["deleted role fleeting"]),
            "{late}: {done}"
        );
        assert_eq!(decoded(&world.object(path))["roles"], "reader", "{late}: {said}");
    }
}

#[tokio::test]
async fn a_role_that_is_gone_when_it_has_been_given_is_taken_back_and_told() {
    let world = World::with([user("two", "reader,gone,ghost", "")]).await;
    let caller = crate::auth::Caller::new("pgoadmin".to_owned(), Vec::new());
    super::confirm(&world.app, &caller, "two", "reader")
        .await
        .unwrap();
    assert!(world.writes().is_empty());
    let told = super::confirm(&world.app, &caller, "two", "reader,gone,ghost").await;
    let told = told.unwrap_err().to_string();
    assert!(told.contains("gone, ghost") && told.contains("\"two\""), "{told}");
    let kept = decoded(&world.object("api/v1/namespaces/pgo/secrets/pgouser-two"));
    assert_eq!(kept["roles"], "reader");
}

#[tokio::test]
async fn a_deletion_that_did_not_come_to_its_end_is_finished_by_the_next() {
    let world = World::with([user("two", "reader, gone", ""), user("three", ",reader", "")]).await;
    let done = delete(&world, &["gone", ""]).await;
    assert_eq!(
        (&done["Code"], &done["Results"]),
        (
            &json!("ok"),
            &json!(["pgorole-gone not found", "pgorole- not found"])
        )
    );
    assert_eq!(world.writes(), ["PATCH secrets/pgouser-two"]);
    let kept = decoded(&world.object("api/v1/namespaces/pgo/secrets/pgouser-two"));
    assert_eq!(kept["roles"], "reader");
}
