//! The way in, for every route: certificate, credentials, permission, version, namespace, and only then the function.

use std::net::IpAddr;

use axum::body::Body;
use http::{Request, StatusCode};
use pgo_api::{Permission, catalogue};
use serde_json::json;

use crate::serve::Certificate;
use crate::testing::recorded::{Conversation, conversations};
use crate::testing::{PASSWORD, Reply, World, basic, hippo};

mod attack;
mod conversations;
mod credentials;
mod document;
mod hostile;

/// Every message as a client of this version would send it.
fn requests(version: &str, namespace: &str) -> Vec<Conversation> {
    let recorded = conversations().into_iter();
    recorded.map(|it| it.by(version, namespace)).collect()
}

async fn send(world: &World, user: &str, request: &Conversation) -> Reply {
    let body = if request.body.is_null() {
        Body::empty()
    } else {
        Body::from(request.body.to_string())
    };
    world.ask(user, request.method(), &request.address, body).await
}

#[tokio::test]
async fn every_message_of_the_protocol_has_a_route() {
    let world = World::with([]).await;
    for message in catalogue() {
        let path = message.route.path.replace("{name}", "x").replace("{id}", "x");
        let reply = world
            .ask("pgoadmin", message.route.method.as_str(), &path, "{}")
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", message.route);
    }
}

#[tokio::test]
async fn nobody_gets_in_without_the_right_password_and_permission() {
    let mut world = World::with([]).await;
    for (number, request) in requests("4.2.0", "pgouser1").iter().enumerate() {
        let (method, address) = (request.method(), &request.address);
        // Not so often from one address that it is not listened to any more.
        world.address = IpAddr::from([192, 0, 2, u8::try_from(number).unwrap()]);
        let send_as = |authorization: Option<String>| {
            let mut builder = Request::builder().method(method).uri(address.as_str());
            if let Some(authorization) = authorization {
                builder = builder.header("authorization", authorization);
            }
            world.send(builder.body(Body::empty()).unwrap())
        };
        for wrong in [
            None,
            Some("Basic ###".to_owned()),
            Some(basic("pgoadmin", "wrong")),
            Some(basic("stranger", PASSWORD)),
            Some(basic("impostor", PASSWORD)),
        ] {
            let reply = send_as(wrong.clone()).await;
            assert_eq!(
                reply.status,
                StatusCode::UNAUTHORIZED,
                "{method} {address} with {wrong:?}"
            );
            assert_eq!(reply.headers["www-authenticate"], "Basic realm=\"Restricted\"");
            assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
            assert_eq!(reply.headers["x-content-type-options"], "nosniff");
            assert_eq!(reply.text.matches('\n').count(), 1, "{:?}", reply.text);
        }
        let reply = send(&world, "nobody", request).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {address}");
        assert_eq!(reply.headers["www-authenticate"], "Basic realm=\"Restricted\"");
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_role_opens_what_it_names_and_nothing_else() {
    let world = World::with([]).await;
    for request in &requests("4.2.0", "pgouser1") {
        let named = [Permission::ShowCluster, Permission::Version, Permission::Status];
        let expected = if named.contains(&request.message.needs) {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(
            send(&world, "reader", request).await.status,
            expected,
            "{}",
            request.address
        );
    }
}

#[tokio::test]
async fn another_version_is_refused_in_the_answer_s_body() {
    let world = World::with([]).await;
    for version in ["", "4.1.0", "4.3.0"] {
        let checked = |it: &Conversation| it.message.checks_version;
        for request in requests(version, "pgouser1").iter().filter(|it| checked(it)) {
            let address = &request.address;
            let error = send(&world, "pgoadmin", request).await.error();
            assert!(error.contains("version mismatch"), "{address}: {error}");
        }
    }
    assert!(world.writes().is_empty());
    let checked = |it: &Conversation| it.message.checks_version && it.message.checks_namespace;
    for request in requests("4.2.9", "pgouser1").iter().filter(|it| checked(it)) {
        let reply = send(&world, "pgoadmin", request).await;
        assert!(!reply.text.contains("version mismatch"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_namespace_that_is_not_ours_is_refused_in_the_answer_s_body() {
    let world = World::with([]).await;
    let table = [
        ("", "is needed"),
        ("absent", "no access"),
        ("pgo", "does not belong"),
        ("elsewhere", "does not belong"),
        ("unwatched", "not watched"),
    ];
    for (namespace, expected) in table {
        let checked = |it: &Conversation| it.message.checks_namespace;
        for request in requests("4.2.0", namespace).iter().filter(|it| checked(it)) {
            let address = &request.address;
            let error = send(&world, "pgoadmin", request).await.error();
            assert!(error.contains(expected), "{address} in {namespace:?}: {error}");
        }
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_user_of_one_namespace_cannot_tell_whether_another_exists() {
    let world = World::with([]).await;
    let ask = async |namespace: &str| {
        let error = world
            .ask(
                "reader",
                "GET",
                &format!("/status?version=4.2.0&namespace={namespace}"),
                "",
            )
            .await
            .error();
        error.replace(namespace, "N")
    };
    let absent = ask("absent").await;
    for other in ["pgouser2", "elsewhere", "pgo"] {
        assert_eq!(ask(other).await, absent, "{other}");
    }
    let own = world
        .ask("reader", "GET", "/status?version=4.2.0&namespace=pgouser1", "")
        .await;
    assert_eq!(own.json()["Code"], "ok");
}

#[tokio::test]
async fn without_a_client_certificate_only_the_exempt_routes_answer() {
    let mut world = World::with([]).await;
    world.certificate = Certificate::Absent;
    for request in &requests("4.2.0", "pgouser1") {
        let address = &request.address;
        let reply = send(&world, "pgoadmin", request).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{address}");
        assert!(reply.headers.get("www-authenticate").is_none(), "{address}");
    }
    for (path, expected) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/health", 200),
        ("/absent", 404),
        ("/clusters", 405),
    ] {
        assert_eq!(world.get(path).await.status, expected, "{path}");
    }
    world.certificate = Certificate::NotAsked;
    assert_eq!(world.get("/version").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_404_and_a_wrong_method_405() {
    let world = World::with([]).await;
    for path in [
        "/",
        "/absent",
        "/version/",
        "/clusters/scale/",
        "/clusters/scale/a/b",
        "/scale/a%2Fb",
        "/workflow/",
    ] {
        let reply = world.get(path).await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (StatusCode::NOT_FOUND, "404 page not found\n"),
            "{path}"
        );
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    }
    for (method, path) in [
        ("GET", "/clusters"),
        ("DELETE", "/showclusters"),
        ("POST", "/scale/hippo"),
        ("PUT", "/workflow/x"),
    ] {
        let reply = world.ask("pgoadmin", method, path, "").await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (StatusCode::METHOD_NOT_ALLOWED, ""),
            "{method} {path}"
        );
        assert!(reply.headers.get("allow").is_none() && reply.headers.get("www-authenticate").is_none());
    }
}

#[tokio::test]
async fn routes_that_4_2_served_in_any_method_are_served_in_any_method() {
    let world = World::with([]).await;
    for method in ["GET", "POST", "PUT", "DELETE", "HEAD"] {
        for path in [
            "/version",
            "/healthz",
            "/health",
            "/status?version=4.2.0&namespace=pgouser1",
        ] {
            assert_eq!(
                world.ask("pgoadmin", method, path, "").await.status,
                StatusCode::OK,
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn an_unclean_path_is_moved_before_anything_is_asked() {
    let mut world = World::with([]).await;
    world.certificate = Certificate::Absent;
    let reply = world.get("//version?a=b").await;
    assert_eq!(
        (reply.status, reply.text.as_str()),
        (StatusCode::MOVED_PERMANENTLY, "")
    );
    assert_eq!(reply.headers["location"], "/version?a=b");
}

#[tokio::test]
async fn the_health_routes_answer_as_in_4_2() {
    let world = World::with([]).await;
    let send = async |path| world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let healthz = send("/healthz").await;
    assert_eq!(
        (
            healthz.text.as_str(),
            healthz.headers["content-type"].to_str().unwrap()
        ),
        ("ok", "text/plain; charset=utf-8")
    );
    let health = send("/health").await;
    assert_eq!(
        health.text,
        "{\"Version\":\"healthy\",\"Code\":\"ok\",\"Msg\":\"healthy\"}\n"
    );
    assert!(health.headers.get("www-authenticate").is_none());
}

#[tokio::test]
async fn metrics_count_by_route_and_never_say_a_name() {
    let world = World::with(hippo::all()).await;
    world.get("/scale/hippo?version=4.2.0&namespace=pgouser1").await;
    world.get("/absent/hippo").await;
    let text = world.get("/metrics").await.text;
    assert!(
        text.contains(
            "pgo_apiserver_requests_total{route=\"/scale/{name}\",status=\"200\",verdict=\"ok\"} 1"
        ),
        "{text}"
    );
    assert!(
        text.contains("route=\"none\",status=\"404\",verdict=\"turned_away\""),
        "{text}"
    );
    assert!(!text.contains("hippo"), "{text}");
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_a_sane_one_is_kept() {
    let world = World::with([]).await;
    let with_id = async |id: &str| {
        let request = Request::get("/healthz")
            .header("x-request-id", id)
            .body(Body::empty())
            .unwrap();
        world.send(request).await.headers["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(with_id("abc-123").await, "abc-123");
    for insane in ["a b", "<script>", &"x".repeat(65)] {
        assert_eq!(with_id(insane).await.len(), 36, "{insane}");
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_refused() {
    let world = World::with([]).await;
    let long = format!("{{\"Name\":\"{}\"}}", "x".repeat(1 << 20));
    let reply = world.ask("pgoadmin", "POST", "/clusters", long).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_body_that_is_no_json_counts_as_one_that_says_nothing() {
    let world = World::with([]).await;
    for body in ["", "{", "null", "[]", "\u{0}", "{\"ClientVersion\": 4}"] {
        let error = world
            .ask("pgoadmin", "POST", "/clustersdelete", body)
            .await
            .error();
        assert!(error.contains("version mismatch"), "{body:?}: {error}");
    }
}

#[tokio::test]
async fn a_request_that_changes_something_is_refused_with_a_value_of_the_wrong_type() {
    let world = World::with(hippo::all()).await;
    let delete = json!({"Clustername": "all", "Selector": ["env=nothing"]});
    let label = json!({"Args": ["hippo"], "LabelCmdLabel": "env=prod", "DryRun": "true"});
    let create = json!({"Name": "rhino", "Series": "2"});
    let namespaces = json!({"Args": ["one", 2]});
    for (route, wrong, field) in [
        ("/clustersdelete", delete, "Selector"),
        ("/label", label, "DryRun"),
        ("/clusters", create, "Series"),
        ("/namespacecreate", namespaces, "Args"),
    ] {
        let mut body = wrong;
        body["ClientVersion"] = json!("4.2.0");
        body["Namespace"] = json!("pgouser1");
        let error = world.post(route, body).await.error();
        assert!(
            error.contains(field) && error.contains("belongs"),
            "{route}: {error}"
        );
        assert_eq!(world.writes(), Vec::<String>::new(), "{route}");
    }
}

#[tokio::test]
async fn keys_in_any_letter_case_and_values_of_wrong_types_are_taken_as_4_2_took_them() {
    let world = World::with(hippo::all()).await;
    let body =
        r#"{"CLIENTVERSION":"4.2.0","nameSpace":"pgouser1","clustername":"hippo","AllFlag":"yes"} trailing"#;
    let reply = world.ask("pgoadmin", "POST", "/testclusters", body).await;
    assert_eq!(reply.json()["Results"][0]["ClusterName"], "hippo");
}

#[tokio::test]
async fn what_was_begun_is_finished_although_its_client_has_gone() {
    let world = World::with([]).await;
    let body = json!({"Name": "hippo", "Namespace": "pgouser1", "Series": 1, "ClientVersion": "4.2.0"});
    {
        let asked = world.post("/clusters", body);
        tokio::pin!(asked);
        // The client hears nothing of it: it goes as soon as the server has begun to write.
        while world.made().is_empty() {
            tokio::select! {
                biased;
                _ = &mut asked => break,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    world.app.running.close();
    world.app.running.wait().await;
    world.object("apis/crunchydata.com/v1/namespaces/pgouser1/pgclusters/hippo");
}
