//! Everything that can keep a request from being carried out, and the one place where that becomes an answer.
//!
//! The protocol of 4.2 answers HTTP 200 to every error past authentication and says so in the body; only who may not
//! come in at all sees it in the status line. That oddity lives here and nowhere else.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use pgo_api::{Answer, Reply, Status};
use tracing::{debug, error, info, warn};

use crate::auth::Denied;

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The path has to be cleaned first; this is the clean one.
    #[error("moved to {0:?}")]
    Moved(HeaderValue),
    /// The address cannot be read.
    #[error("malformed address")]
    Malformed,
    /// No such path.
    #[error("no such route")]
    NoRoute,
    /// The path exists, with another method.
    #[error("no such method on this route")]
    WrongMethod,
    /// The route needs a client certificate and the connection showed none.
    #[error("a client certificate is needed")]
    NoCertificate,
    /// The caller may not come in.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The body is too long.
    #[error("the request is longer than {0} bytes")]
    TooLong(usize),
    /// The body did not arrive.
    #[error("the request did not arrive in time or was cut off")]
    Incomplete,
    /// The caller must change something; the sentence says what.
    #[error("{0}")]
    Asked(String),
    /// Something outside did not do its part.
    #[error("{sentence}")]
    Failed {
        /// For the caller.
        sentence: String,
        /// For the log, with its causes.
        #[source]
        source: Box<pgo_kube::Error>,
    },
    /// We have a bug.
    #[error("internal error; the server's log says more under this request's id")]
    Bug(String),
}

impl Refusal {
    /// A refusal that the caller can do something about.
    pub(crate) fn asked(sentence: impl Into<String>) -> Self {
        Self::Asked(sentence.into())
    }
}

/// What Kubernetes answers is passed on, as 4.2 did.
impl From<pgo_kube::Error> for Refusal {
    fn from(source: pgo_kube::Error) -> Self {
        Self::Failed {
            sentence: pgo_kube::chain(&source),
            source: Box::new(source),
        }
    }
}

/// A refusal after a part was done: the part is reported beside it.
#[derive(Debug)]
pub(crate) struct Partial<R> {
    /// What was done before.
    pub(crate) done: R,
    /// Why there is no more.
    pub(crate) refusal: Refusal,
}

impl<R: Default, E: Into<Refusal>> From<E> for Partial<R> {
    fn from(refusal: E) -> Self {
        Self {
            done: R::default(),
            refusal: refusal.into(),
        }
    }
}

/// What a route comes to.
pub(crate) type Outcome<R> = Result<R, Partial<R>>;

/// How an answer went, for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// Carried out.
    Ok,
    /// Refused in the body of an HTTP 200.
    Error,
    /// Refused in the status line.
    Turned,
}

/// What a route hands over for its reply: the reply itself, or the pieces of it.
pub(crate) trait Body<R>: Default + Send {
    /// Writes it, with how it went.
    fn write(self, status: Status) -> Response;
}

impl<R: Reply> Body<R> for R {
    fn write(self, status: Status) -> Response {
        json(&Answer { reply: self, status })
    }
}

/// Makes an outcome an answer.
pub(crate) fn answer<R: Reply>(outcome: Outcome<impl Body<R>>) -> Response {
    match outcome {
        Ok(reply) => marked(reply.write(Status::success::<R>()), Verdict::Ok),
        Err(Partial { done, refusal }) => match spoken(refusal) {
            Spoken::InBody(sentence) => marked(done.write(Status::error(sentence)), Verdict::Error),
            Spoken::InStatusLine(response) => marked(response, Verdict::Turned),
        },
    }
}

/// Makes a refusal before any route was found an answer.
pub(crate) fn refuse(refusal: Refusal) -> Response {
    let response = match spoken(refusal) {
        Spoken::InStatusLine(response) => response,
        Spoken::InBody(sentence) => plain(StatusCode::INTERNAL_SERVER_ERROR, sentence),
    };
    marked(response, Verdict::Turned)
}

/// Where a refusal is said.
enum Spoken {
    InBody(String),
    InStatusLine(Response),
}

/// The match: each refusal to its place and status. What is a person's business is logged here, once.
fn spoken(refusal: Refusal) -> Spoken {
    let sentence = refusal.to_string();
    let status = match refusal {
        Refusal::Asked(sentence) => {
            info!(reason = sentence, "refused");
            return Spoken::InBody(sentence);
        }
        Refusal::Failed { sentence, source } => {
            warn!(error = pgo_kube::chain(&source), "Kubernetes did not do as asked");
            return Spoken::InBody(sentence);
        }
        Refusal::Bug(what) => {
            error!(what, "a request failed by a defect");
            return Spoken::InBody(sentence);
        }
        Refusal::Moved(location) => {
            let moved = (StatusCode::MOVED_PERMANENTLY, [(LOCATION, location)]);
            return Spoken::InStatusLine(moved.into_response());
        }
        Refusal::NoRoute => {
            return Spoken::InStatusLine(plain(StatusCode::NOT_FOUND, "404 page not found".to_owned()));
        }
        Refusal::WrongMethod => return Spoken::InStatusLine(StatusCode::METHOD_NOT_ALLOWED.into_response()),
        Refusal::Denied(denied) => return Spoken::InStatusLine(turned_away(&denied)),
        Refusal::NoCertificate => StatusCode::FORBIDDEN,
        Refusal::Malformed => StatusCode::BAD_REQUEST,
        Refusal::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Incomplete => StatusCode::REQUEST_TIMEOUT,
    };
    Spoken::InStatusLine(plain(status, sentence))
}

/// Who may not come in learns whether to change its name, its password or its pace, and nothing else.
fn turned_away(denied: &Denied) -> Response {
    let (status, line, wait) = match denied {
        Denied::Unknown { .. } => (StatusCode::UNAUTHORIZED, "authentication failed", None),
        Denied::Forbidden { .. } => (StatusCode::FORBIDDEN, "permission denied", None),
        Denied::TooOften { wait, .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too many failed logins from this address: try again in a moment",
            Some(wait.as_secs() + 1),
        ),
        Denied::Busy { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many logins at once: try again in a moment",
            Some(1),
        ),
    };
    // The failures before were logged one by one; a flood must not fill the log as well.
    if wait.is_some() {
        debug!(reason = %denied, "a caller was turned away");
    } else {
        warn!(reason = %denied, "a caller was turned away");
    }
    let mut response = plain(status, line.to_owned());
    if let Some(wait) = wait {
        response.headers_mut().insert(RETRY_AFTER, wait.into());
    }
    response
}

/// One line of text, as Go's `http.Error` writes it.
fn plain(status: StatusCode, line: String) -> Response {
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, line + "\n").into_response()
}

/// A JSON answer, always with HTTP 200.
pub(crate) fn json(value: &impl serde::Serialize) -> Response {
    written(pgo_api::to_json(value))
}

/// The same of what is written already, or could not be.
pub(crate) fn written(body: serde_json::Result<impl IntoResponse>) -> Response {
    match body {
        Ok(body) => (
            [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            body,
        )
            .into_response(),
        Err(error) => {
            error!(%error, "an answer could not be written as JSON");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error".to_owned())
        }
    }
}

fn marked(mut response: Response, verdict: Verdict) -> Response {
    response.extensions_mut().insert(verdict);
    response
}
