//! The accept loop: connections in, requests to the router, each with what is known of its peer.
//!
//! It is our own because a request must carry whether its connection showed a client certificate.

mod guests;
mod patient;
mod rest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::{debug, warn};

use crate::tls;
use guests::Guests;
pub(crate) use guests::Standing;
use patient::Patient;

/// A handshake that takes longer is not one.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time for the head of a request, and for a kept connection to be used again.
const HEAD: Duration = Duration::from_secs(30);
/// Time for the body of a request.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(15);
/// Time for requests in flight once the server stops; the longest request takes 60 s.
const DRAIN: Duration = Duration::from_secs(65);
/// Connections at the same time; more wait in the kernel's queue.
const CONNECTIONS: usize = 1024;

/// What is known of the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Where it connects from.
    pub(crate) address: SocketAddr,
    /// Whether it showed a certificate.
    pub(crate) certificate: Certificate,
}

/// Whether a peer showed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// TLS is off: certificates are never considered.
    NotAsked,
    /// It was asked and had none.
    Absent,
    /// It showed one, and that one was verified.
    Verified,
}

/// Serves until `stop`, then lets requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<tls::Current>,
    router: Router,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let guests = Guests::default();
    loop {
        let (stream, address, place) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places, &guests) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Typically too many open files: do not spin.
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let Some(guest) = guests.admit(address.ip()) else {
            debug!(peer = %address, "this address has too many connections");
            continue;
        };
        let acceptor = tls
            .as_ref()
            .map(|current| TlsAcceptor::from(Arc::clone(&current.borrow())));
        let connection = Connection {
            address,
            acceptor,
            router: router.clone(),
            watcher: graceful.watcher(),
            standing: guest.standing.clone(),
        };
        tokio::spawn(async move {
            tokio::select! {
                () = connection.run(stream) => {}
                () = guest.standing.dismissed() => debug!(peer = %address, "a stranger makes room"),
            }
            drop((place, guest));
        });
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        warn!("some requests did not finish in time and are cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    guests: &Guests,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    if places.available_permits() == 0 {
        guests.make_room();
    }
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    drop(stream.set_nodelay(true)); // a matter of speed only
    Ok((
        stream,
        SocketAddr::new(address.ip().to_canonical(), address.port()),
        place,
    ))
}

struct Connection {
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
    standing: Standing,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        let Some(acceptor) = self.acceptor.clone() else {
            return self.http(stream, Certificate::NotAsked, Protocol::Http1).await;
        };
        match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let (_, session) = stream.get_ref();
                let certificate = match session.peer_certificates() {
                    Some([_, ..]) => Certificate::Verified,
                    _ => Certificate::Absent,
                };
                let protocol = match session.alpn_protocol() {
                    Some(b"h2") => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                self.http(stream, certificate, protocol).await;
            }
            Ok(Err(error)) => debug!(peer = %self.address, %error, "handshake refused"),
            Err(_) => debug!(peer = %self.address, "handshake timed out"),
        }
    }

    async fn http<S>(self, stream: S, certificate: Certificate, protocol: Protocol)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = Peer {
            address: self.address,
            certificate,
        };
        let (router, standing) = (self.router, self.standing);
        let service = service_fn(move |request: Request<Incoming>| {
            let (head, body) = request.into_parts();
            let (body, rest) = rest::lend(body, &head.headers, Instant::now() + ARRIVAL);
            let mut request = Request::from_parts(head, body);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(standing.clone());
            let (answer, asking) = (router.clone().oneshot(request), standing.asks());
            async move {
                let answer = answer.await;
                rest.throw_away().await;
                drop(asking);
                answer
            }
        });
        let builder = protocol.builder();
        let connection = builder.serve_connection(TokioIo::new(Patient::new(stream)), service);
        if let Err(error) = self.watcher.watch(connection.into_owned()).await {
            debug!(peer = %peer.address, %error, "connection ended");
        }
    }
}

/// What the two ends agreed on in the handshake.
#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    fn builder(self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_headers(64);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(32)
            .max_header_list_size(16 * 1024)
            .keep_alive_interval(Some(HEAD))
            .keep_alive_timeout(Duration::from_secs(10));
        match self {
            Self::Http1 => builder.http1_only(),
            Self::Http2 => builder.http2_only(),
        }
    }
}

#[cfg(test)]
mod tests;
