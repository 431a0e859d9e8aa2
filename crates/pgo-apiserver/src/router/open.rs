//! Routes that ask nobody who they are: probes, metrics, and what the server says of itself.

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use pgo_api::{Answer, OpenRoute, Status, VersionResponse};

use crate::app::App;
use crate::refusal::json;

/// A function of such a route.
type Function = fn(&App) -> Response;

/// Every one of them.
pub(super) const ROUTES: [(OpenRoute, Function); 5] = [
    (route("/healthz", "The process lives.", "text/plain"), healthz),
    (route("/health", "The process lives, in JSON.", JSON), health),
    (
        route("/readyz", "Requests can be answered.", "text/plain"),
        readyz,
    ),
    (
        route("/metrics", "What has happened, in numbers.", OPEN_METRICS),
        metrics,
    ),
    (route("/openapi.json", "This document.", JSON), openapi),
];

const JSON: &str = "application/json";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const fn route(path: &'static str, summary: &'static str, content: &'static str) -> OpenRoute {
    OpenRoute {
        path,
        summary,
        content,
    }
}

/// The protocol, for machines and people beside `pgo`. It is the same for every installation and says nothing about
/// this one, so no password is asked for, and tools can fetch it; but the route is not exempt from the client
/// certificate: whoever has none could call nothing of what it describes.
fn openapi(_: &App) -> Response {
    static DOCUMENT: LazyLock<serde_json::Value> =
        LazyLock::new(|| pgo_api::openapi(&ROUTES.map(|(route, _)| route)));
    json(&*DOCUMENT)
}

/// The process lives.
fn healthz(_: &App) -> Response {
    "ok".into_response()
}

/// The same in JSON, for clients of 4.2.
fn health(_: &App) -> Response {
    let healthy = "healthy".to_owned();
    let status = Status {
        code: "ok".to_owned(),
        msg: healthy.clone(),
    };
    json(&Answer {
        reply: VersionResponse { version: healthy },
        status,
    })
}

/// Requests can be answered: the caches hold what Kubernetes holds.
fn readyz(app: &App) -> Response {
    let missing = app.unready();
    if missing.is_empty() {
        let trouble = app.configuration.trouble(&app.office);
        trouble
            .map_or_else(|| "ok".to_owned(), |trouble| format!("ok\n{trouble}"))
            .into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not heard of yet: {}\n", missing.join(", ")),
        )
            .into_response()
    }
}

/// What has happened, in numbers.
fn metrics(app: &App) -> Response {
    let as_said = app.configuration.trouble(&app.office).is_none();
    app.metrics.configured(as_said);
    ([(CONTENT_TYPE, OPEN_METRICS)], app.metrics.encode()).into_response()
}
