//! What concerns every request and no route: its id, its span, its numbers.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::{Instrument as _, Subscriber, debug, field, info_span, trace};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;
use uuid::Uuid;

use crate::args::ALWAYS_EXEMPT;
use crate::refusal::Verdict;
use crate::router::Router;
use crate::serve::Peer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Structured logs on standard output, one JSON object a line. `RUST_LOG` wins over `debug`. What keeps a watch from
/// going on is said once, by `pgo-kube`, and not again at each try.
pub(crate) fn start(debug: bool) {
    let level = if debug {
        "info,kube_runtime=error,pgo_apiserver=debug,pgo_kube=debug"
    } else {
        "info,kube_runtime=error"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    subscriber(filter, std::io::stdout).init();
}

/// What a line of the log looks like: the event, and in `span` the request it belongs to.
pub(crate) fn subscriber<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

/// Gives a request its id and span, counts it, and says how it went.
pub(crate) async fn observe(State(router): State<Arc<Router>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = router.pattern(request.uri().path());
    let id = id_of(&request);
    let peer = request.extensions().get::<Peer>().map(|peer| peer.address);
    let span = info_span!(
        "request",
        id,
        method = %request.method(),
        route,
        peer = peer.map(field::display),
        caller = field::Empty
    );
    let metrics = &router.app().metrics;
    let mut response = {
        let _flying = metrics.in_flight();
        next.run(request).instrument(span.clone()).await
    };
    let verdict = response.extensions().get().copied().unwrap_or(Verdict::Ok);
    let took = begun.elapsed();
    metrics.count(route, verdict, response.status(), took);
    let (status, ms) = (
        response.status().as_u16(),
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    );
    span.in_scope(|| match route {
        // Asked every few seconds, for as long as we live.
        route if ALWAYS_EXEMPT.contains(&route) => trace!(status, ?verdict, ms, "answered"),
        _ => debug!(status, ?verdict, ms, "answered"),
    });
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id that a proxy before us gave, if it is one; otherwise a new one.
fn id_of(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let sane = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    given
        .filter(sane)
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}
