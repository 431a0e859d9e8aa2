//! Routes that ask nobody who they are: probes and metrics.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use pgo_api::{Answer, Status, VersionResponse};

use crate::app::App;
use crate::refusal::json;

/// The process lives.
pub(super) fn healthz(_: &App) -> Response {
    "ok".into_response()
}

/// The same in JSON, for clients of 4.2.
pub(super) fn health(_: &App) -> Response {
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
pub(super) fn readyz(app: &App) -> Response {
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
pub(super) fn metrics(app: &App) -> Response {
    let as_said = app.configuration.trouble(&app.office).is_none();
    app.metrics.configured(as_said);
    let content = [(
        CONTENT_TYPE,
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    )];
    (content, app.metrics.encode()).into_response()
}
