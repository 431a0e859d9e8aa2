//! Passwords and permissions, on the whole way from a header to an answer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use pgo_api::{Permission, catalogue};
use pgo_kube::testing::Fault;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::telemetry;
use crate::testing::{PASSWORD, Reply, World, basic, role, secret, user};

/// Asks for the version with these credentials.
async fn log_in(world: &World, user: &str, password: &str) -> Reply {
    let request = Request::get("/version").header("authorization", basic(user, password));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_address_that_keeps_guessing_is_told_to_wait_and_others_are_not() {
    let mut world = World::with([]).await;
    assert_eq!(world.get("/version").await.status, StatusCode::OK);
    for _ in 0..20 {
        assert_eq!(
            log_in(&world, "pgoadmin", "guess").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let reply = log_in(&world, "pgoadmin", "guess").await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    // Who is known from before does not notice.
    assert_eq!(world.get("/version").await.status, StatusCode::OK);
    world.address = IpAddr::from([192, 0, 2, 99]);
    assert_eq!(
        log_in(&world, "pgoadmin", "guess").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn logins_are_counted_by_outcome_and_nobody_is_named() {
    let world = World::with([]).await;
    let counted = async || {
        let text = world.get("/metrics").await.text;
        assert!(!text.contains("pgoadmin") && !text.contains("stranger"), "{text}");
        [
            "verified",
            "remembered",
            "refused",
            "rate_limited",
            "busy",
            "unchecked",
        ]
        .map(|outcome| {
            let name = format!("pgo_apiserver_logins_total{{outcome=\"{outcome}\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name));
            line.unwrap_or_else(|| panic!("no {outcome} in {text}"))
                .parse::<u64>()
                .unwrap()
        })
    };
    // The metrics themselves ask nobody who they are.
    assert_eq!(counted().await, [0; 6]);
    for _ in 0..3 {
        log_in(&world, "pgoadmin", PASSWORD).await;
    }
    assert_eq!(counted().await, [1, 2, 0, 0, 0, 0]);
    // Known, and not allowed what it wants: that is no failed login.
    let status = log_in(&world, "nobody", PASSWORD).await.status;
    assert_eq!(
        (status, counted().await),
        (StatusCode::FORBIDDEN, [2, 2, 0, 0, 0, 0])
    );
    log_in(&world, "pgoadmin", "guess").await;
    world
        .send(Request::get("/version").body(Body::empty()).unwrap())
        .await;
    assert_eq!(counted().await, [2, 2, 2, 0, 0, 0]);
    for _ in 0..25 {
        log_in(&world, "stranger", PASSWORD).await;
    }
    assert_eq!(counted().await, [2, 2, 21, 6, 0, 0]);
}

#[tokio::test]
async fn a_clear_password_of_4_2_is_taken_once_and_hashed() {
    let labels = json!({"pgo-pgouser": "true", "username": "old", "vendor": "crunchydata"});
    let data = [
        ("username", "old"),
        ("password", PASSWORD),
        ("roles", "admin"),
        ("namespaces", ""),
    ];
    let world = World::with([secret("pgouser-old", &labels, &data)]).await;
    for _ in 0..2 {
        assert_eq!(
            world.ask("old", "GET", "/version", "").await.status,
            StatusCode::OK
        );
    }
    assert_eq!(world.writes(), ["PATCH secrets/pgouser-old"]);
    let kept = world.object("api/v1/namespaces/pgo/secrets/pgouser-old");
    let text =
        |key: &str| String::from_utf8(STANDARD.decode(kept["data"][key].as_str().unwrap()).unwrap()).unwrap();
    assert!(text("password").starts_with("$argon2id$"), "{kept:#}");
    assert_eq!(
        (text("username"), text("roles")),
        ("old".to_owned(), "admin".to_owned())
    );
    // Its hash is no password.
    let reply = log_in(&world, "old", &text("password")).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_password_that_cannot_be_hashed_in_its_secret_lets_in_all_the_same() {
    let labels = json!({"pgo-pgouser": "true", "vendor": "crunchydata"});
    let data = [("password", PASSWORD), ("roles", "admin")];
    let world = World::with([secret("pgouser-old", &labels, &data)]).await;
    world.server.fault(0, Fault::Refused(403));
    assert_eq!(
        world.ask("old", "GET", "/version", "").await.status,
        StatusCode::OK
    );
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failed_login_is_logged_with_user_route_and_reason_and_never_the_password() {
    let world = World::with([]).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(EnvFilter::new("debug"), move || writer.clone());
    // With only one subscriber in the process, tracing believes whichever thread comes by first, and those of other
    // tests listen to nothing.
    let _second = tracing::Dispatch::new(telemetry::subscriber(EnvFilter::new("debug"), std::io::sink));
    let _guard = tracing::subscriber::set_default(subscriber);
    for (user, password) in [
        ("reader", "hunter2"),
        ("stranger", "hunter2"),
        ("nobody", PASSWORD),
        ("x\ny", "hunter2"),
    ] {
        assert_ne!(log_in(&world, user, password).await.status, StatusCode::OK);
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for secret in ["hunter2", PASSWORD, &basic("reader", "hunter2"), "argon2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let turned_away: Vec<_> = lines
        .filter(|line| line["message"] == "a caller was turned away")
        .collect();
    let reasons: Vec<_> = turned_away
        .iter()
        .map(|line| line["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "\"reader\" is not authenticated: wrong password",
            "\"stranger\" is not authenticated: no such user",
            "\"nobody\" may not do this: role \"\" does not exist",
            "\"\" is not authenticated: no credentials, or malformed ones",
        ]
    );
    for line in &turned_away {
        let span = &line["span"];
        assert_eq!(
            (&line["level"], &span["route"]),
            (&json!("WARN"), &json!("/version")),
            "{line}"
        );
        assert!(span["peer"].as_str().unwrap().starts_with("192.0.2.1:"), "{line}");
        assert_eq!(span["id"].as_str().unwrap().len(), 36, "{line}");
    }
}

/// The heart of the matter: for each route, its own permission is enough, and all others together are not.
#[tokio::test]
async fn every_permission_is_needed_and_enough() {
    let mut objects = Vec::new();
    for message in catalogue() {
        let needed = message.needs.as_str();
        let others: Vec<_> = Permission::ALL
            .iter()
            .map(|it| it.as_str())
            .filter(|it| *it != needed)
            .collect();
        for (name, permissions) in [("only", needed.to_owned()), ("but", others.join(","))] {
            let name = format!("{name}-{}", needed.to_lowercase());
            objects.extend([user(&name, &name, ""), role(&name, &permissions)]);
        }
    }
    let world = World::with(objects).await;
    for message in catalogue() {
        let needed = message.needs.as_str().to_lowercase();
        let path = message.route.path.replace("{name}", "x").replace("{id}", "x");
        let ask = async |user: String| {
            world
                .ask(&user, message.route.method.as_str(), &path, "{}")
                .await
                .status
        };
        let with = ask(format!("only-{needed}")).await;
        if with == StatusCode::NOT_FOUND {
            continue; // whether each has a route is another test's business
        }
        assert_eq!(with, StatusCode::OK, "{} with {needed} only", message.route);
        assert_eq!(
            ask(format!("but-{needed}")).await,
            StatusCode::FORBIDDEN,
            "{} without {needed}",
            message.route
        );
    }
    assert!(
        world.writes().is_empty(),
        "a message that says nothing does nothing"
    );
}
