//! Health and metrics, in plain HTTP for kubelet and Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::context::Context;

/// Answers until the process ends.
pub(crate) async fn serve(address: SocketAddr, context: Arc<Context>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on: free it or choose another with PGO_HEALTH_ADDRESS")
    })?;
    tokio::spawn(async move { axum::serve(listener, router(context)).await });
    Ok(())
}

fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(context)
}

/// Ready is who has heard of some namespace: then it can work, or take over at once from the one who does.
async fn ready(State(context): State<Arc<Context>>) -> impl IntoResponse {
    let caches = &context.kube.caches;
    let status = if caches.hears_something() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let missing = caches.unready();
    let mut answer = vec![if missing.is_empty() {
        "ok".to_owned()
    } else {
        format!("not heard of yet: {}", missing.join(", "))
    }];
    answer.extend(context.in_force().trouble());
    (status, answer.join("\n"))
}

async fn metrics(State(context): State<Arc<Context>>) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match context.metrics.text() {
        Ok(text) => (StatusCode::OK, [(CONTENT_TYPE, OPEN_METRICS)], text),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(CONTENT_TYPE, "text/plain")],
            error.to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use pgo_kube::client::Requests;
    use pgo_kube::testing::Server;
    use pgo_plan::defaults::{Files, Images};
    use tower::ServiceExt as _;

    use super::*;
    use crate::config;
    use crate::metrics::Metrics;

    async fn context() -> Arc<Context> {
        let kube = Server::default().kube().await;
        let metrics = Metrics::new(Requests::default(), kube.caches.clone());
        let configuration = config::start(None, Images::default()).unwrap();
        Arc::new(Context::new(kube, metrics, configuration))
    }

    async fn ask(path: &str) -> (StatusCode, String) {
        ask_of(context().await, path).await
    }

    async fn ask_of(context: Arc<Context>, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = router(context).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn who_has_heard_of_everything_is_ready() {
        assert_eq!(ask("/readyz").await, (StatusCode::OK, "ok".to_owned()));
        assert_eq!(ask("/healthz").await, (StatusCode::OK, "ok".to_owned()));
    }

    #[tokio::test]
    async fn metrics_count_requests_and_clusters() {
        let (status, text) = ask("/metrics").await;
        assert_eq!(status, StatusCode::OK);
        for line in ["pgo_clusters 0", "pgo_api_writes_total 0", "# EOF"] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }

    #[tokio::test]
    async fn a_configuration_that_could_not_be_taken_up_is_named_and_counted() {
        let context = context().await;
        let wrong = [("pgo.yaml".to_owned(), "Cluster: 5".to_owned())].into();
        context.configure(|in_force| {
            in_force.take_up(Files {
                version: Some("2"),
                files: Some(&wrong),
            })
        });
        let (status, text) = ask_of(Arc::clone(&context), "/readyz").await;
        assert_eq!(status, StatusCode::OK, "what is in force works");
        assert!(text.starts_with("ok\nConfigMap pgo-config has "), "{text}");
        let (_, text) = ask_of(context, "/metrics").await;
        assert!(text.contains("pgo_configuration_refused 1"), "{text}");
    }
}
