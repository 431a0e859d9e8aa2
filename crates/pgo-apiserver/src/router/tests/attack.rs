//! Requests that no client sends. Each gets a clear error, and nothing comes of it.

use axum::body::Body;
use http::{Request, StatusCode};
use pgo_api::catalogue;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::router::open;
use crate::testing::{PASSWORD, World, basic};

#[tokio::test]
async fn tricks_with_paths_lead_nowhere() {
    let world = World::with([]).await;
    for (path, expected) in [
        ("/version%00", 404),
        ("/version%0d%0aX-Injected:1", 404),
        ("/version;x=y", 404),
        ("/VERSION", 404),
        ("/version%2f", 404),
        ("/.version", 404),
        ("/%2e%2e/version", 301),
        ("/x/%2e%2e/%2e%2e/clusters", 301),
        ("/./version", 301),
        ("/clusters//scale//x", 301),
        ("/clusters/scale/..%2fversion", 301),
        ("/version%ff", 400),
        ("/%c0%ae%c0%ae/version", 400),
    ] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, expected, "{path}");
        assert!(reply.headers.get("x-injected").is_none(), "{path}");
        if let Some(location) = reply.headers.get("location") {
            let location = location.to_str().unwrap();
            assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{path} to {location}"
            );
        }
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn methods_that_no_client_uses_are_refused_where_4_2_looked_at_them() {
    let world = World::with([]).await;
    for message in catalogue() {
        let path = message.route.path.replace("{name}", "x").replace("{id}", "x");
        for method in ["PATCH", "PUT", "TRACE", "OPTIONS", "PROPFIND", "BREW"] {
            let status = world.ask("pgoadmin", method, &path, "{}").await.status;
            let expected: &[u16] = if message.route.in_any_method {
                &[200, 404]
            } else {
                &[404, 405]
            };
            assert!(expected.contains(&status.as_u16()), "{method} {path}: {status}");
        }
    }
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn malformed_credentials_are_no_credentials() {
    let world = World::with([]).await;
    let good = basic("pgoadmin", PASSWORD);
    let token = good.strip_prefix("Basic ").unwrap();
    for header in [
        String::new(),
        "Basic".to_owned(),
        token.to_owned(),
        format!("Bearer {token}"),
        format!("Basic  {token}"),
        format!("Basic {token} "),
        format!("Basic {token}, Basic {token}"),
        format!("Basic\t{token}"),
        format!("Basic {}", token.trim_end_matches('=')) + "=====",
        basic("pgoadmin", &format!("{PASSWORD}\0")),
        basic("../pgouser-pgoadmin", PASSWORD),
        basic("pgoadmin\n", PASSWORD),
        basic("PGOADMIN", PASSWORD),
        format!("Basic {}", "A".repeat(1 << 16)),
    ] {
        let request = Request::get("/version").header("authorization", &header);
        let reply = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{header:.60}");
    }
}

/// Plays requests against one world, which remembers who was verified.
fn play(body: &impl AsyncFn(&World)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .unwrap()
        .block_on(async { body(&World::with([]).await).await });
}

#[test]
fn any_bytes_from_a_stranger_are_turned_away() {
    play(&async |world| {
        let cases = (
            "[A-Z]{1,8}",
            "/[ -~]{0,30}",
            prop::collection::vec(any::<u8>(), 0..60),
            prop::collection::vec(any::<u8>(), 0..200),
        );
        let mut runner = proptest::test_runner::TestRunner::default();
        for _ in 0..runner.config().cases {
            let (method, path, header, body) = cases.new_tree(&mut runner).unwrap().current();
            let request = Request::builder().method(method.as_str()).uri(path.as_str());
            let Ok(request) = request
                .header("authorization", header.as_slice())
                .body(Body::from(body))
            else {
                continue;
            };
            let is_open = open::ROUTES.iter().any(|(route, _)| path.starts_with(route.path));
            let status = world.send(request).await.status.as_u16();
            let expected: &[u16] = if is_open {
                &[200, 404]
            } else {
                &[301, 400, 401, 404, 405]
            };
            assert!(expected.contains(&status), "{method} {path}: {status}");
        }
        assert!(world.writes().is_empty());
    });
}
