//! A caller of the API server without the start of a process: what travels is what the caller says, to the letter.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::stream;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, USER_AGENT};
use reqwest::{Body, Certificate, Client, ClientBuilder, Identity, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{Environment, seconds};

/// A name that is in every certificate that the API server makes for itself, and the port it listens on.
const SERVICE: (&str, u16) = ("postgres-operator.pgo.svc", 8443);

/// Somebody with a name, a password and a connection.
#[derive(Debug, Clone)]
pub struct Caller {
    http: Client,
    server: String,
    user: String,
    password: String,
}

/// What came back, whatever it says.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Caller {
    /// The administrator whom the environment names, with its client certificate.
    pub fn administrator(environment: &Environment) -> Result<Self> {
        let variable = |name| {
            let value = environment.get(name);
            value.with_context(|| format!("{name} is not set"))
        };
        Ok(Self {
            http: connection(environment)?.build()?,
            server: variable("PGO_APISERVER_URL")?.to_owned(),
            user: variable("PGOUSERNAME")?.to_owned(),
            password: variable("PGOUSERPASS")?.to_owned(),
        })
    }

    /// Somebody else, on a connection of their own.
    pub fn somebody(&self, environment: &Environment, user: &str, password: &str) -> Result<Self> {
        Ok(Self {
            http: connection(environment)?.build()?,
            server: self.server.clone(),
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    /// The same person at one certain pod of the API server, whichever the Service would have led to.
    pub fn at(&self, environment: &Environment, pod: IpAddr) -> Result<Self> {
        let (name, port) = SERVICE;
        let led = connection(environment)?.resolve(name, SocketAddr::new(pod, port));
        Ok(Self {
            http: led.build()?,
            server: format!("https://{name}:{port}"),
            ..self.clone()
        })
    }

    /// Somebody else on the same connection.
    #[must_use]
    pub fn with_credentials(self, user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            ..self
        }
    }

    /// Asks for the version: the least that a request can be. Returns how long it took.
    pub async fn version(&self) -> Result<Duration> {
        let started = Instant::now();
        self.send("GET", "/version", String::new())
            .await?
            .accepted()
            .context("/version")?;
        Ok(started.elapsed())
    }

    /// Sends a request of 4.2's protocol. Returns the answer and how long it took to arrive.
    pub async fn post(&self, route: &str, mut request: Value) -> Result<(Value, Duration)> {
        for key in ["ClientVersion", "clientversion"] {
            request[key] = json!("4.2.0");
        }
        let started = Instant::now();
        let answer = self.send("POST", route, request.to_string()).await?;
        let took = started.elapsed();
        let answer = answer.accepted().context(route.to_owned())?.json()?;
        let status = answer.get("status").unwrap_or(&answer);
        ensure!(status["Code"] == "ok", "{route}: {}", status["Msg"]);
        Ok((answer, took))
    }

    /// Sends a POST as it is and reads the answer to its end, of which it keeps some bytes.
    pub async fn end_of(&self, route: &str, body: String) -> Result<Vec<u8>> {
        let mut response = self.request("POST", route)?.body(body).send().await?;
        ensure!(response.status() == 200, "{route}: HTTP {}", response.status());
        let mut end = Vec::new();
        while let Some(piece) = response.chunk().await? {
            end.extend_from_slice(&piece);
            end.drain(..end.len().saturating_sub(64));
        }
        Ok(end)
    }

    /// Sends anything, with the headers of a 4.2 client. `address` is path and query as they stand on the wire.
    pub async fn send(&self, method: &str, address: &str, body: String) -> Result<Answer> {
        let mut request = self.request(method, address)?;
        // Of all its requests, the client of 4.2 sends this one without.
        if address != "/testclusters" {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        Answer::to(request).await
    }

    /// Sends a POST whose body comes in pieces, until there are no more.
    pub async fn send_slowly(&self, route: &str, pieces: UnboundedReceiver<String>) -> Result<Answer> {
        let pieces = stream::unfold(pieces, async |mut pieces| {
            let piece = pieces.recv().await?;
            Some((Ok::<_, Infallible>(piece), pieces))
        });
        Answer::to(self.request("POST", route)?.body(Body::wrap_stream(pieces))).await
    }

    fn request(&self, method: &str, address: &str) -> Result<RequestBuilder> {
        let (method, address) = (
            Method::from_bytes(method.as_bytes())?,
            format!("{}{address}", self.server),
        );
        Ok(self
            .http
            .request(method, address)
            .basic_auth(&self.user, Some(&self.password))
            .header(USER_AGENT, "Go-http-client/1.1")
            .header(ACCEPT_ENCODING, "gzip"))
    }
}

impl Answer {
    async fn to(request: RequestBuilder) -> Result<Self> {
        let response = request.send().await?;
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    /// Demands that the caller was let in: everything else is said in the body.
    pub fn accepted(self) -> Result<Self> {
        ensure!(self.status == 200, "HTTP {}: {}", self.status, self.text.trim());
        Ok(self)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| format!("no JSON: {}", self.text))
    }
}

fn connection(environment: &Environment) -> Result<ClientBuilder> {
    let file = |name| {
        let path = environment
            .get(name)
            .with_context(|| format!("{name} is not set"))?;
        std::fs::read(path).with_context(|| format!("{name} names {path}, which cannot be read"))
    };
    // Somebody else may have chosen before us.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let pair = [file("PGO_CLIENT_CERT")?, file("PGO_CLIENT_KEY")?].concat();
    Ok(Client::builder()
        .http1_only()
        .no_proxy()
        .timeout(seconds(60))
        .tls_certs_only(Certificate::from_pem_bundle(&file("PGO_CA_CERT")?)?)
        .identity(Identity::from_pem(&pair)?))
}
