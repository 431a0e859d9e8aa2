use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::auth::Accounts as _;
use crate::testing::{PASSWORD, Reply, World, basic, decoded, role, secret, until, user};

const USER1: &str = "api/v1/namespaces/pgo/secrets/pgouser-user1";

async fn post(world: &World, path: &str, fields: Value) -> Reply {
    let mut body = json!({"Namespace": "pgo", "ClientVersion": "4.2.0"});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    world.post(path, body).await
}

/// As `pgo create pgouser user1 …` sends it, but for what is said.
async fn create(world: &World, fields: Value) -> Reply {
    let mut body = json!({
        "PgouserName": "user1", "PgouserPassword": "pw", "PgouserRoles": "reader", "AllNamespaces": false,
        "PgouserNamespaces": "pgouser1",
    });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    post(world, "/pgousercreate", body).await
}

async fn update(world: &World, fields: Value) -> Reply {
    let mut body = json!({
        "PgouserName": "user1", "PgouserPassword": "", "PgouserRoles": "", "AllNamespaces": false,
        "PgouserNamespaces": "", "ClientVersion": "",
    });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    post(world, "/pgouserupdate", body).await
}

async fn delete(world: &World, names: &[&str]) -> Value {
    post(world, "/pgouserdelete", json!({"PgouserName": names}))
        .await
        .json()
}

async fn log_in(world: &World, user: &str, password: &str) -> StatusCode {
    let request = Request::get("/version").header("authorization", basic(user, password));
    world.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn a_user_is_kept_as_4_2_kept_it_but_for_the_password_which_is_hashed() {
    let world = World::with([]).await;
    let reply = create(
        &world,
        json!({"PgouserRoles": "reader, admin", "PgouserNamespaces": "pgouser1, pgouser2"}),
    )
    .await;
    assert_eq!(reply.text, "{\"Code\":\"ok\",\"Msg\":\"\"}\n");
    let kept = world.object(USER1);
    assert_eq!(
        kept["metadata"]["labels"],
        json!({"pgo-pgouser": "true", "username": "user1", "vendor": "crunchydata", "pgo-created-by": "pgoadmin"})
    );
    let mut data = decoded(&kept);
    let password = data.as_object_mut().unwrap().remove("password").unwrap();
    assert!(password.as_str().unwrap().starts_with("$argon2id$"), "{password}");
    assert_eq!(
        data,
        json!({"username": "user1", "roles": "reader,admin", "namespaces": "pgouser1,pgouser2"})
    );
    assert_eq!(log_in(&world, "user1", "pw").await, StatusCode::OK);
    assert_eq!(log_in(&world, "user1", "pw2").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_user_again_changes_nothing_and_another_of_its_name_is_refused() {
    let world = World::with([]).await;
    let both = json!({"PgouserRoles": "reader,admin", "PgouserNamespaces": "pgouser1,pgouser2"});
    create(&world, both.clone()).await;
    world.writes();
    let turned = json!({"PgouserRoles": "admin, reader", "PgouserNamespaces": "pgouser2,pgouser1"});
    for same in [&both, &turned] {
        assert_eq!(create(&world, same.clone()).await.json()["Code"], "ok", "{same}");
    }
    for (other, said) in [
        (json!({"PgouserPassword": "pw2"}), "another password"),
        (json!({"PgouserRoles": "admin"}), "other roles"),
        (
            json!({"PgouserNamespaces": "", "AllNamespaces": true}),
            "other namespaces",
        ),
    ] {
        let mut asked = both.clone();
        let other = other.as_object().unwrap().clone();
        asked.as_object_mut().unwrap().extend(other);
        let error = create(&world, asked).await.error();
        assert!(
            error.contains("exists already") && error.contains(said),
            "{error}"
        );
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn what_does_not_exist_or_makes_no_sense_is_refused_and_nothing_is_written() {
    let world = World::with([]).await;
    for (wrong, said) in [
        (json!({"PgouserName": "User1"}), "invalid pgouser name"),
        (json!({"PgouserName": "../admin"}), "invalid pgouser name"),
        (json!({"PgouserPassword": ""}), "password is needed"),
        (json!({"PgouserPassword": "x".repeat(2000)}), "longer than"),
        (json!({"PgouserRoles": ""}), "pgorole was not found"),
        (
            json!({"PgouserRoles": "reader,absent"}),
            "absent pgorole was not found",
        ),
        (json!({"PgouserNamespaces": ""}), "no namespace"),
        (
            json!({"PgouserNamespaces": "pgouser1,absent"}),
            "absent was not found",
        ),
        (
            json!({"PgouserNamespaces": "elsewhere"}),
            "elsewhere was not found",
        ),
        (json!({"AllNamespaces": true}), "exclude each other"),
    ] {
        let error = create(&world, wrong).await.error();
        assert!(error.contains(said), "{said}: {error}");
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_new_password_counts_from_the_answer_on_and_the_old_one_no_longer() {
    let world = World::with([user("user1", "reader", "pgouser1")]).await;
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::OK);
    assert_eq!(
        update(&world, json!({"PgouserPassword": "new"})).await.json()["Code"],
        "ok"
    );
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&world, "user1", "new").await, StatusCode::OK);
    let kept = decoded(&world.object(USER1));
    assert_eq!(
        (&kept["roles"], &kept["namespaces"]),
        (&json!("reader"), &json!("pgouser1"))
    );
    assert!(!world.object(USER1).to_string().contains("\"new\""));
}

#[tokio::test]
async fn only_what_is_said_is_changed() {
    let world = World::with([user("user1", "reader", "pgouser1")]).await;
    assert_eq!(update(&world, json!({})).await.json()["Code"], "ok");
    assert!(world.writes().is_empty());
    update(&world, json!({"PgouserRoles": "admin", "AllNamespaces": true})).await;
    let kept = decoded(&world.object(USER1));
    assert_eq!(
        (&kept["roles"], &kept["namespaces"]),
        (&json!("admin"), &json!(""))
    );
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::OK);
    for (wrong, said) in [
        (
            json!({"PgouserName": "absent", "PgouserPassword": "x"}),
            "not found",
        ),
        (json!({"PgouserRoles": "absent"}), "absent pgorole was not found"),
        (
            json!({"PgouserNamespaces": "elsewhere"}),
            "elsewhere was not found",
        ),
        (
            json!({"PgouserNamespaces": "pgouser1", "AllNamespaces": true}),
            "exclude each other",
        ),
        (
            json!({"PgouserName": "impostor", "PgouserPassword": "x"}),
            "not found",
        ),
    ] {
        let error = update(&world, wrong).await.error();
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_out_at_once_and_what_only_looks_like_one_stays() {
    let world = World::with([user("user1", "reader", "")]).await;
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::OK);
    let done = delete(&world, &["user1", "absent", "impostor"]).await;
    assert_eq!(
        done["Results"],
        json!([
            "deleted pgouser user1",
            "pgouser-absent not found",
            "pgouser-impostor not found"
        ])
    );
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::UNAUTHORIZED);
    world.object("api/v1/namespaces/pgo/secrets/impostor");
}

#[tokio::test]
async fn a_name_never_becomes_another_address() {
    let world = World::with([]).await;
    for name in [
        "../pgouser-admin",
        "x/../../configmaps/pgo-config",
        "a?b",
        "a#b",
        "%2e%2e",
        "A",
        "",
        "a b",
        "ä",
    ] {
        world.server.take_calls();
        assert_eq!(
            delete(&world, &[name]).await["Results"],
            json!([format!("pgouser-{name} not found")])
        );
        let named = json!({"PgouserName": name, "PgouserPassword": "x"});
        assert!(
            update(&world, named).await.error().contains("not found"),
            "{name}"
        );
        assert!(world.server.take_calls().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn all_without_names_are_all_but_the_caller() {
    let world = World::with([]).await;
    let all = json!({"PgouserName": [], "AllFlag": true});
    let done = post(&world, "/pgouserdelete", all).await.json();
    assert_eq!(
        done["Results"],
        json!(["deleted pgouser nobody", "deleted pgouser reader"])
    );
    assert_eq!(world.get("/version").await.status, StatusCode::OK);
}

#[tokio::test]
async fn users_are_shown_as_4_2_showed_them_and_never_a_password() {
    let world = World::with([]).await;
    let shown = post(&world, "/pgousershow", json!({"AllFlag": true})).await;
    assert!(!shown.text.contains("argon2") && !shown.text.contains(PASSWORD));
    assert_eq!(
        shown.json()["UserInfo"],
        json!([
            {"Username": "nobody", "Role": [""], "Namespace": [""]},
            {"Username": "pgoadmin", "Role": ["admin"], "Namespace": [""]},
            {"Username": "reader", "Role": ["reader"], "Namespace": ["pgouser1"]},
        ])
    );
    let shown = post(
        &world,
        "/pgousershow",
        json!({"PgouserName": ["reader", "absent"]}),
    )
    .await
    .json();
    assert_eq!(
        shown["UserInfo"],
        json!([
            {"Username": "reader", "Role": ["reader"], "Namespace": ["pgouser1"]},
            {"Username": "absent was not found", "Role": [], "Namespace": []},
        ])
    );
}

#[tokio::test]
async fn the_note_of_the_first_password_goes_when_that_is_changed() {
    let note = secret(
        "pgo-first-account",
        &json!({"vendor": "crunchydata"}),
        &[("password", PASSWORD)],
    );
    let world = World::with([note]).await;
    update(&world, json!({"PgouserName": "reader", "PgouserPassword": "x"})).await;
    world.object("api/v1/namespaces/pgo/secrets/pgo-first-account");
    update(&world, json!({"PgouserName": "pgoadmin", "PgouserPassword": "x"})).await;
    assert!(
        world
            .server
            .object("api/v1/namespaces/pgo/secrets/pgo-first-account")
            .is_none()
    );
}

#[tokio::test]
async fn a_user_made_at_one_server_is_let_in_at_the_other() {
    let world = World::with([]).await;
    let other = world.replica().await;
    create(&world, json!({})).await;
    until(|| other.app.office.account("user1").is_some()).await;
    assert_eq!(log_in(&other, "user1", "pw").await, StatusCode::OK);
    delete(&other, &["user1"]).await;
    until(|| world.app.office.account("user1").is_none()).await;
    assert_eq!(log_in(&world, "user1", "pw").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn users_and_roles_that_somebody_made_by_hand_need_no_labels() {
    let bare = |mut secret: Value| {
        secret["metadata"].as_object_mut().unwrap().remove("labels");
        secret
    };
    let world = World::with([
        bare(user("user1", "cloner", "")),
        bare(role("cloner", "Version,Clone")),
    ])
    .await;
    assert_eq!(log_in(&world, "user1", PASSWORD).await, StatusCode::OK);
    let shown = post(&world, "/pgousershow", json!({"PgouserName": ["user1"]}))
        .await
        .json();
    assert_eq!(shown["UserInfo"][0]["Role"], json!(["cloner"]));
    assert_eq!(
        delete(&world, &["user1"]).await["Results"],
        json!(["deleted pgouser user1"])
    );
}

#[tokio::test]
async fn who_may_use_some_namespaces_makes_and_changes_no_account_for_others() {
    let world = World::with([
        user("limited", "admin", "pgouser1"),
        user("equal", "reader", "pgouser1"),
        user("other", "reader", "pgouser2"),
    ])
    .await;
    let before = world.server.world();
    let ask = async |route: &str, fields: Value| {
        let mut body = json!({"ClientVersion": "4.2.0", "PgouserPassword": "pw", "PgouserRoles": "reader"});
        let more = fields.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        world.ask("limited", "POST", route, body.to_string()).await
    };
    for (route, fields) in [
        (
            "/pgousercreate",
            json!({"PgouserName": "new", "AllNamespaces": true}),
        ),
        (
            "/pgousercreate",
            json!({"PgouserName": "new", "PgouserNamespaces": "pgouser1,pgouser2"}),
        ),
        (
            "/pgouserupdate",
            json!({"PgouserName": "limited", "AllNamespaces": true}),
        ),
        (
            "/pgouserupdate",
            json!({"PgouserName": "equal", "PgouserNamespaces": "pgouser2"}),
        ),
        ("/pgouserupdate", json!({"PgouserName": "pgoadmin"})),
        ("/pgouserupdate", json!({"PgouserName": "other"})),
        ("/pgouserdelete", json!({"PgouserName": ["other"]})),
    ] {
        let error = ask(route, fields.clone()).await.error();
        assert!(error.contains("may use"), "{route} {fields}: {error}");
    }
    assert_eq!(world.server.world(), before);
    for (route, fields) in [
        (
            "/pgousercreate",
            json!({"PgouserName": "new", "PgouserNamespaces": "pgouser1"}),
        ),
        ("/pgouserdelete", json!({"PgouserName": ["equal", "new"]})),
        ("/pgouserupdate", json!({"PgouserName": "limited"})),
    ] {
        assert_eq!(
            ask(route, fields.clone()).await.json()["Code"],
            "ok",
            "{route} {fields}"
        );
    }
}
