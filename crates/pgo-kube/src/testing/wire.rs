//! The server as the service that a kube client talks to.

use std::convert::Infallible;
use std::task::Poll;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use super::objects::{self, Answer, Prefix, refusal};
use super::{Call, Fault, Server};

type Stream = StreamBody<futures::stream::BoxStream<'static, Result<Frame<Bytes>, Infallible>>>;
type Answered = Response<Either<Full<Bytes>, Stream>>;

pub(super) fn client(server: Server) -> Client {
    let service = service_fn(move |request: Request<Body>| serve(server.clone(), request));
    Client::new(service, "default")
}

/// A request, taken apart.
struct Asked {
    verb: String,
    path: String,
    prefix: Prefix,
    name: Option<String>,
    status: bool,
    selector: String,
    watch: bool,
    body: Value,
}

fn serve(server: Server, request: Request<Body>) -> BoxFuture<'static, Result<Answered, Infallible>> {
    async move {
        let Some(asked) = Asked::read(request).await else {
            return Ok(json_answer(refusal(400, "BadRequest", "")));
        };
        if asked.watch {
            let events = server
                .lock()
                .objects
                .watch(asked.prefix, objects::selector(&asked.selector));
            let frames = events.map(|event| Ok(Frame::data(Bytes::from(format!("{event}\n")))));
            return Ok(Response::new(Either::Right(StreamBody::new(frames.boxed()))));
        }
        match answer(&server, asked) {
            Some(answer) => Ok(json_answer(answer)),
            None => std::future::poll_fn(|_| Poll::Pending).await,
        }
    }
    .boxed()
}

/// Records and carries out a request; none if the answer never arrives.
fn answer(server: &Server, asked: Asked) -> Option<Answer> {
    let mut state = server.lock();
    let status = if asked.status { "/status" } else { "" };
    let own_name = asked.body["metadata"]["name"]
        .as_str()
        .filter(|_| asked.verb == "POST")
        .map(str::to_owned);
    let target = match asked.name.as_ref().or(own_name.as_ref()) {
        Some(name) => format!("{}/{name}{status}", asked.prefix.plural),
        None => asked.prefix.plural.clone(),
    };
    state.calls.push(Call {
        verb: asked.verb.clone(),
        target,
        body: asked.body.clone(),
    });
    let fault = if asked.verb == "GET" {
        None
    } else {
        state.writes += 1;
        let this = state.writes - 1;
        state.faults.remove(&this)
    };
    match fault {
        Some(Fault::Refused(code)) => return Some(refusal(code, "Fault", &asked.path)),
        Some(Fault::RequestLost) => return None,
        Some(Fault::AnswerLost) | None => {}
    }
    let objects = &mut state.objects;
    let answer = match (asked.verb.as_str(), asked.name) {
        ("GET", None) => (
            200,
            objects.list(&asked.prefix, &objects::selector(&asked.selector)),
        ),
        ("GET", Some(_)) => match objects.get(&asked.path) {
            Some(object) => (200, object.clone()),
            None => refusal(404, "NotFound", &asked.path),
        },
        ("POST", _) => objects.create(
            format!("{}/{}", asked.path, own_name.unwrap_or_default()),
            asked.body,
        ),
        ("APPLY", _) => objects.apply(&asked.path, &asked.body, asked.status),
        ("PUT", _) => objects.replace(&asked.path, asked.body),
        ("PATCH", _) => objects.merge(&asked.path, &asked.body, asked.status),
        ("DELETE", _) => objects.delete(&asked.path, &asked.body),
        _ => refusal(405, "MethodNotAllowed", &asked.path),
    };
    (fault != Some(Fault::AnswerLost)).then_some(answer)
}

impl Asked {
    async fn read(request: Request<Body>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| unescaped(value))
                .next()
        };
        let content = head
            .headers
            .get("content-type")
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default();
        let verb = if content.contains("apply-patch") {
            "APPLY".into()
        } else {
            head.method.to_string()
        };
        let body = body.collect().await.ok()?.to_bytes();
        let path = head.uri.path().trim_matches('/').to_owned();
        let (path, status) = match path.strip_suffix("/status") {
            Some(path) => (path.to_owned(), true),
            None => (path, false),
        };
        let (prefix, name) = places(&path)?;
        Some(Self {
            verb,
            prefix,
            name,
            status,
            selector: parameter("labelSelector").unwrap_or_default(),
            watch: parameter("watch").as_deref() == Some("true"),
            body: if body.is_empty() {
                json!(null)
            } else {
                serde_json::from_slice(&body).ok()?
            },
            path,
        })
    }
}

/// `api/v1/…` or `apis/GROUP/VERSION/…`, then perhaps a namespace, then the plural, then perhaps a name.
fn places(path: &str) -> Option<(Prefix, Option<String>)> {
    let parts: Vec<&str> = path.split('/').collect();
    let (group, rest) = parts.split_at_checked(if parts[0] == "api" { 2 } else { 3 })?;
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    let plural = (*rest.first()?).to_owned();
    Some((
        Prefix {
            group: group.join("/"),
            namespace,
            plural,
        },
        rest.get(1).map(|name| (*name).to_owned()),
    ))
}

/// Undoes percent-encoding.
fn unescaped(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'%' => match (hex(bytes.next()), hex(bytes.next())) {
                (Some(high), Some(low)) => plain.extend(u8::try_from(high * 16 + low)),
                _ => return text.to_owned(),
            },
            b'+' => plain.push(b' '),
            byte => plain.push(byte),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn json_answer((code, body): Answer) -> Answered {
    let mut response = Response::new(Either::Left(Full::from(body.to_string())));
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
    response
}
