//! What every request passes on its way in: certificate, credentials, permission, version, namespace.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Extensions, HeaderValue};
use pgo_api::{Call, Decoded, accepts_client, decode_request};
use tokio::time::timeout;
use tracing::{Instrument as _, Span, field, info};

use crate::app::App;
use crate::auth::{self, Caller, Claim, Login, store};
use crate::refusal::Refusal;
use crate::serve::{ARRIVAL, Certificate, Peer, Standing};

/// The longest body that is read.
const LONGEST: usize = 1 << 20;
/// How long a request may take; clients wait for 60 s.
const PATIENCE: Duration = Duration::from_secs(55);

/// A request for a route that exists.
pub(crate) struct Received {
    /// Head of the request.
    pub(super) parts: Parts,
    /// The decoded variable of the path; empty when it has none.
    pub(super) name: String,
    /// What follows.
    pub(super) body: Body,
}

/// Demands a client certificate where the route needs one. A connection without TLS never had the chance to show it.
pub(super) fn certificate(app: &App, pattern: &str, extensions: &Extensions) -> Result<(), Refusal> {
    let absent = extensions
        .get::<Peer>()
        .is_none_or(|peer| peer.certificate == Certificate::Absent);
    if absent && !app.exempt.contains(&pattern) {
        Err(Refusal::NoCertificate)
    } else {
        Ok(())
    }
}

/// Lets a request in, or says why not. Nothing of the body is read before the caller is known.
pub(super) async fn pass<C: Call>(app: &App, received: Received) -> Result<(Caller, C), Refusal> {
    let Received { parts, name, body } = received;
    let defaults = app.defaults();
    let peer = parts.extensions.get::<Peer>();
    let claim = Claim {
        address: peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.address.ip()),
        authorization: parts.headers.get(AUTHORIZATION),
    };
    let known = auth::authenticate(&app.office, &app.verifier, claim, defaults.basic_auth).await;
    app.metrics.login(Login::of(&known));
    let known = known?;
    if let Some((account, hash)) = known.unhashed() {
        store::keep_hash_if_possible(&app.office, account, hash).await;
    }
    let caller = auth::authorize(&app.office, known, C::NEEDS)?;
    if let Some(standing) = parts.extensions.get::<Standing>() {
        standing.let_in();
    }
    if defaults.pgo.audit {
        info!(
            audit = true,
            user = caller.user,
            permission = C::NEEDS.as_str(),
            "let in"
        );
    }
    Span::current().record("caller", field::display(&caller.user));
    let body = match timeout(ARRIVAL, to_bytes(body, LONGEST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if is_too_long(&error) => return Err(Refusal::TooLong(LONGEST)),
        Ok(Err(_)) | Err(_) => return Err(Refusal::Incomplete),
    };
    let Decoded { request, mismatch } =
        decode_request::<C>(Some(&name), parts.uri.query().unwrap_or_default(), &body);
    if let Some(version) = request.client_version() {
        check_version(version)?;
    }
    // A selector that cannot be read must not become none: more would be changed than was asked for. Version 4.2 took
    // everything, and where a request only looks, so do we.
    if let Some(mismatch) = mismatch.filter(|_| !C::NEEDS.only_looks()) {
        return Err(Refusal::Asked(format!(
            "the request cannot be understood: {mismatch}"
        )));
    }
    if let Some(namespace) = request.namespace() {
        app.check_namespace(&caller, namespace)?;
    }
    Ok((caller, request))
}

fn is_too_long(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

fn check_version(client: &str) -> Result<(), Refusal> {
    if accepts_client(client) {
        return Ok(());
    }
    let server = pgo_api::VERSION;
    Err(Refusal::Asked(format!(
        "version mismatch: the client is {client:?}, the server is {server:?}; use a client of version 4.2"
    )))
}

/// Runs to the end what was begun, even if the client goes away: nothing is left half made because of a lost connection.
pub(super) async fn to_the_end(
    app: Arc<App>,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Refusal> {
    let running = app.running.spawn(work.in_current_span());
    match timeout(PATIENCE, running).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(panic)) => Err(Refusal::Bug(panic.to_string())),
        Err(_) => Err(Refusal::asked(
            "this takes longer than a client waits and goes on without it; ask again in a moment how it went",
        )),
    }
}

/// Marks an answer as one of a route with Basic authentication, as 4.2 does on success too.
pub(super) fn challenged(mut response: Response) -> Response {
    response.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"Restricted\""),
    );
    response
}
