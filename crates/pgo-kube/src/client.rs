//! The connection to the API server.
//!
//! HTTP/2: one connection carries every request, and a few carry the watches. A burst of writes costs no TLS
//! handshakes, and the buffers of few connections instead of dozens. Where a server speaks only HTTP/1.1, so do we.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, Request};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ConfigExt as _};
use kube::{Client, Config};
use tower::util::MapRequestLayer;
use tower::{BoxError, ServiceBuilder, service_fn};

use crate::error::Error;

/// A connection on which nothing can be heard is given up after these two together.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What the server may send ahead of our reading, for one stream and for all.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// How many requests were sent since the start.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    watches: AtomicU64,
    writes: AtomicU64,
}

impl Requests {
    /// Requests that read objects.
    pub fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::Relaxed)
    }

    /// Requests that opened a watch.
    pub fn watches(&self) -> u64 {
        self.0.watches.load(Ordering::Relaxed)
    }

    /// Requests that change objects.
    pub fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::Relaxed)
    }

    fn count<B>(&self, request: &Request<B>) {
        let watch = is_watch(request);
        let counter = match *request.method() {
            Method::GET if watch => &self.0.watches,
            Method::GET | Method::HEAD => &self.0.reads,
            _ => &self.0.writes,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Connects as the pod's service account or as KUBECONFIG says.
pub async fn connect() -> Result<(Client, Requests), Error> {
    let config = Config::infer()
        .await
        .map_err(|error| Error::Unreachable(Box::new(error)))?;
    connect_as(config)
}

/// Connects as a configuration says that was read already.
pub fn connect_as(config: Config) -> Result<(Client, Requests), Error> {
    build(config).map_err(Error::Unreachable)
}

fn build(config: Config) -> Result<(Client, Requests), BoxError> {
    let requests = Requests::default();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let tls = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_or_http();
    let tls = match &config.tls_server_name {
        Some(name) => tls.with_server_name_resolver(FixedServerNameResolver::new(name.clone().try_into()?)),
        None => tls,
    };
    let https = tls.enable_all_versions().wrap_connector(tcp);
    let lines = Lines {
        requests: line(https.clone()),
        watches: std::array::from_fn(|_| line(https.clone())),
    };
    let counting = requests.clone();
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .layer(MapRequestLayer::new(move |request: Request<Body>| {
            counting.count(&request);
            request
        }))
        .map_err(BoxError::from)
        .service(service_fn(move |request| lines.choose(&request).request(request)));
    Ok((Client::new(service, config.default_namespace), requests))
}

type Line = legacy::Client<HttpsConnector<HttpConnector>, Body>;

fn line(https: HttpsConnector<HttpConnector>) -> Line {
    legacy::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .build(https)
}

/// Several connections, each opened when it is first used.
///
/// A server lets one connection carry some hundred streams, and every watch is one that does not end. Those of many
/// namespaces would fill a connection, and requests would wait for ever; so they have one of their own.
#[derive(Clone)]
struct Lines {
    requests: Line,
    watches: [Line; 8],
}

impl Lines {
    fn choose<B>(&self, request: &Request<B>) -> &Line {
        if !is_watch(request) {
            return &self.requests;
        }
        let namespace = request
            .uri()
            .path()
            .split('/')
            .skip_while(|part| *part != "namespaces")
            .nth(1);
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(namespace);
        &self.watches[(hash % 8) as usize]
    }
}

fn is_watch<B>(request: &Request<B>) -> bool {
    request
        .uri()
        .query()
        .is_some_and(|query| query.contains("watch=true"))
}
