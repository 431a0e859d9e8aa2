//! The document that the server gives of itself names the routes that it has, and no other.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;

use crate::router;
use crate::serve::Certificate;
use crate::testing::World;

#[tokio::test]
async fn the_document_names_every_route_and_no_other() {
    let world = World::with([]).await;
    let document = world.get("/openapi.json").await.json();
    let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let router = router::table(Arc::clone(&world.app));
    let served: BTreeSet<_> = router
        .routes
        .iter()
        .map(|entry| entry.pattern.to_owned())
        .collect();
    assert_eq!(described, served);
    // A route that is registered twice would hide the second.
    let mut entries: Vec<_> = router
        .routes
        .iter()
        .map(|it| (it.pattern, it.method.clone().map(|it| it.to_string())))
        .collect();
    let count = entries.len();
    entries.sort();
    entries.dedup();
    assert_eq!(entries.len(), count);
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{name}", "x").replace("{id}", "x");
        for method in item.as_object().unwrap().keys() {
            let reply = world
                .ask("pgoadmin", &method.to_ascii_uppercase(), &path, "{}")
                .await;
            assert_eq!(reply.status, StatusCode::OK, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_document_asks_for_a_certificate_and_not_for_a_password() {
    let mut world = World::with([]).await;
    let ask = async |world: &World| {
        let request = http::Request::get("/openapi.json").body(axum::body::Body::empty());
        world.send(request.unwrap()).await
    };
    let reply = ask(&world).await;
    assert_eq!(
        (reply.status, &reply.json()["openapi"]),
        (StatusCode::OK, &"3.1.0".into())
    );
    assert_eq!(reply.headers["content-type"], "application/json");
    assert!(reply.headers.get("www-authenticate").is_none());
    world.certificate = Certificate::Absent;
    assert_eq!(ask(&world).await.status, StatusCode::FORBIDDEN);
}
