use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

use super::*;

/// Begins a registry without TLS that has one image, `pgo/image:there`, in the form of OCI.
pub(crate) async fn registry() -> SocketAddr {
    served(|request| {
        let is_there = request.uri().path() == "/v2/pgo/image/manifests/there";
        let takes_it = request.headers()[ACCEPT]
            .to_str()
            .unwrap()
            .contains("oci.image.index");
        if request.method() == http::Method::HEAD && is_there && takes_it {
            StatusCode::OK.into_response()
        } else {
            StatusCode::NOT_FOUND.into_response()
        }
    })
    .await
}

async fn served(answer: fn(Request) -> Response) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Router::new().fallback(async move |request: Request| answer(request));
    tokio::spawn(async move { axum::serve(listener, service.into_make_service()).await });
    address
}

async fn is_lacking(host: impl std::fmt::Display, tag: &str) -> bool {
    let image = DatabaseImage {
        name: format!("{host}/pgo/image"),
        tag: tag.to_owned(),
    };
    lacks(&image).await
}

#[tokio::test]
async fn a_registry_knows_what_it_has() {
    let registry = registry().await;
    assert!(!is_lacking(registry, "there").await);
    assert!(is_lacking(registry, "nope").await);
}

#[tokio::test]
async fn anything_but_a_clear_no_is_no_no() {
    let wants_login = served(|_| StatusCode::UNAUTHORIZED.into_response()).await;
    assert!(!is_lacking(wants_login, "nope").await);
    let fails = served(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    assert!(!is_lacking(fails, "nope").await);
    let moved = served(|request| {
        if request.uri().path() == "/gone" {
            return StatusCode::NOT_FOUND.into_response();
        }
        (StatusCode::FOUND, [(http::header::LOCATION, "/gone")]).into_response()
    })
    .await;
    assert!(!is_lacking(moved, "nope").await, "a redirection is not followed");
    let nobody = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        listener.local_addr().unwrap()
    };
    assert!(!is_lacking(nobody, "nope").await);
    assert!(
        !is_lacking("docker", "nope").await,
        "Docker's registry is not asked"
    );
}

#[tokio::test]
async fn a_registry_that_does_not_answer_costs_two_seconds() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let begun = Instant::now();
    assert!(!is_lacking(listener.local_addr().unwrap(), "nope").await);
    assert!(begun.elapsed() >= PATIENCE);
}
