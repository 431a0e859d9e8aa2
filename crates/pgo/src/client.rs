//! One request, one answer.

use std::error::Error as _;
use std::time::Duration;

use pgo_api::{Answer, Call, EncodeError, Method, VERSION, encode_request};

use crate::failure::Failure;
use crate::session::{Credentials, Session, Tls};

/// How long a request may take altogether.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A connection to the API server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: String,
    credentials: Credentials,
}

impl Client {
    /// Prepares the connection; nothing is sent yet.
    pub(crate) fn new(session: &Session) -> Result<Self, Failure> {
        let builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .http1_only()
            .user_agent(format!("pgo/{VERSION}"));
        let builder = match &session.tls {
            Tls::Off => builder,
            // Version 4.2 went through proxies without TLS only.
            Tls::On(files) => builder.no_proxy().tls_backend_preconfigured(files.load()?),
        };
        let http = builder.build().map_err(|error| Failure::Tls(explain(&error)))?;
        Ok(Self {
            http,
            server: session.server.clone(),
            credentials: session.credentials.clone(),
        })
    }

    /// Sends a request and returns what the server did; a refusal is a failure.
    pub(crate) async fn send<C: Call>(&self, request: &C) -> Result<C::Reply, Failure> {
        accepted(self.ask(request).await?)
    }

    /// Sends a request and returns the answer whatever it says.
    pub(crate) async fn ask<C: Call>(&self, request: &C) -> Result<Answer<C::Reply>, Failure> {
        let encoded = encode_request(request).map_err(|error| match error {
            EncodeError::Unaddressable(_) => Failure::Usage(error.to_string()),
            EncodeError::Unwritable(_) => Failure::Internal(error.to_string()),
        })?;
        let method = match encoded.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .http
            .request(method, format!("{}{}", self.server, encoded.address))
            .basic_auth(
                &self.credentials.username,
                Some(self.credentials.password.reveal()),
            );
        if let Some(body) = encoded.body {
            builder = builder.header("Content-Type", "application/json").body(body);
        }
        let response = builder.send().await.map_err(|error| self.unreachable(&error))?;
        match response.status().as_u16() {
            200 => {}
            401 => {
                return Err(Failure::Unauthenticated {
                    user: self.credentials.username.clone(),
                });
            }
            code => {
                let pause = response
                    .headers()
                    .get("retry-after")
                    .and_then(|value| value.to_str().ok()?.parse().ok());
                return Err(Failure::HttpStatus {
                    code,
                    advice: self.advice(code, C::NEEDS.as_str(), pause),
                });
            }
        }
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        Answer::decode(&body)
            .map_err(|error| Failure::Transport(format!("{error}; is {} a pgo API server?", self.server)))
    }

    /// Says what to do about an HTTP status; `pause` is how many seconds the server asks to stay away.
    fn advice(&self, code: u16, permission: &str, pause: Option<u64>) -> String {
        let later = match pause {
            Some(seconds) => format!("try again in {seconds} s"),
            None => "try again later".to_owned(),
        };
        match code {
            403 => format!(
                ": user {:?} lacks the permission {permission}, or the server wants another client certificate \
                 (PGO_CLIENT_CERT)",
                self.credentials.username
            ),
            404 | 405 => format!(
                ": {} does not know this command; is it a pgo API server?",
                self.server
            ),
            400 if self.server.starts_with("http:") => {
                ": the server may want TLS; try an address that begins with https://".to_owned()
            }
            413 => ": the request is longer than the API server reads; is the file that it was made of the right one?"
                .to_owned(),
            429 => format!(
                ": too many logins from this address have failed; check name and password, and {later}"
            ),
            503 => format!(": the API server has too much to do; {later}"),
            500.. => ": the API server failed; its log says why".to_owned(),
            _ => String::new(),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let server = &self.server;
        let reason = explain(error);
        Failure::Transport(if error.is_builder() {
            format!("{server:?} is no address of an API server: {reason}; write it as https://<host>:<port>")
        } else if error.is_timeout() {
            format!(
                "the API server at {server} did not answer within {} s",
                TIMEOUT.as_secs()
            )
        } else if self.server.starts_with("https") && is_refusal(&reason) {
            format!(
                "the API server at {server} refused the connection: {reason}; check that it speaks TLS and that it \
                 knows the certificate in PGO_CLIENT_CERT (with its key in PGO_CLIENT_KEY)"
            )
        } else if reason.contains("not valid for name") {
            format!(
                "the certificate of the API server at {server} is not trusted: {reason}; write one of the \
                 certificate's names into PGO_APISERVER_URL (or --apiserver-url)"
            )
        } else if reason.contains("expired") || reason.contains("not valid yet") {
            format!(
                "the certificate of the API server at {server} is not trusted: {reason}; it must be renewed (Secret \
                 pgo.tls), or this machine's clock is wrong"
            )
        } else if reason.contains("invalid peer certificate") {
            format!(
                "the certificate of the API server at {server} is not trusted: {reason}; PGO_CA_CERT (or \
                 --pgo-ca-cert) must name the file that vouches for it, and with --disable-tls (or DISABLE_TLS) it is not \
                 read"
            )
        } else if server.starts_with("http:") && reason.contains("invalid HTTP version") {
            format!(
                "the API server at {server} does not speak plain HTTP: {reason}; write https:// and leave out --disable-tls"
            )
        } else {
            format!(
                "cannot reach the API server at {server}: {reason}; is it running, and is PGO_APISERVER_URL (or \
                 --apiserver-url) right?"
            )
        })
    }
}

/// Whether the other side broke TLS off. What it had to say about it may be lost in the break.
fn is_refusal(reason: &str) -> bool {
    let words = [
        "fatal alert",
        "corrupt message",
        "handshake eof",
        "reset by peer",
        "Broken pipe",
    ];
    words.iter().any(|word| reason.contains(word))
}

/// Returns the reply of an answer that is no refusal.
pub(crate) fn accepted<R: pgo_api::Reply>(answer: Answer<R>) -> Result<R, Failure> {
    if !answer.is_error() {
        return Ok(answer.reply);
    }
    let reason = answer.status.msg.trim();
    Err(Failure::Refused(if reason.is_empty() {
        "the API server refused without saying why".to_owned()
    } else {
        reason.to_owned()
    }))
}

/// Returns the innermost reason of an error: what surrounds it only says that there was one.
fn explain(error: &reqwest::Error) -> String {
    let (mut reason, mut source) = (error.to_string(), error.source());
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    reason
}
