//! The agent's own HTTPS server. Who has no certificate of the cluster's authority may only ask how we are.
//!
//! Anybody in the Kubernetes cluster can come here, and whoever fills it up would keep the probes out. So no address
//! gets more than a few seats, and a stranger has to leave soon.

mod seats;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};
use tracing::debug;

use self::seats::{Seat, Seats};
use crate::certificates::Current;

/// How long a client may take to greet.
const GREETING: Duration = Duration::from_secs(5);

/// How long a client without a certificate may stay. A probe takes milliseconds.
const VISIT: Duration = Duration::from_secs(10);

/// Whether the client of this request showed a certificate of the cluster's authority.
#[derive(Clone, Copy, Debug)]
struct Known(bool);

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("port {port} cannot be listened on")]
    Listen { port: u16, source: std::io::Error },
}

/// Puts routes that need a certificate behind the check, and the open ones beside them.
pub(crate) fn guarded(open: Router, closed: Router) -> Router {
    closed
        .layer(axum::middleware::from_fn(demand_certificate))
        .merge(open)
}

async fn demand_certificate(request: Request, next: Next) -> Response {
    match request.extensions().get::<Known>() {
        Some(Known(true)) => next.run(request).await,
        _ => (
            StatusCode::UNAUTHORIZED,
            "a certificate of the cluster's authority is needed\n",
        )
            .into_response(),
    }
}

/// Listens; serving is another step, so that a port that is taken is found out before anything is started.
pub(crate) async fn listen(port: u16) -> Result<TcpListener, ServeError> {
    TcpListener::bind(("0.0.0.0", port))
        .await
        .map_err(|source| ServeError::Listen { port, source })
}

/// Serves until the end of the process. Each client is shown the certificate that is the newest when it comes.
pub(crate) async fn serve(listener: TcpListener, identity: Current, router: Router) {
    let seats = Seats::default();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let Some(seat) = seats.take(from.ip()) else {
                    debug!(%from, "a client was turned away, there are too many");
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let acceptor = TlsAcceptor::from(identity.borrow().server.clone());
                tokio::spawn(connection(acceptor, stream, from, router.clone(), seat));
            }
            Err(error) => {
                debug!(%error, "accepting a connection failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(acceptor: TlsAcceptor, stream: TcpStream, from: SocketAddr, router: Router, _seat: Seat) {
    let stream = match tokio::time::timeout(GREETING, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return debug!(%from, %error, "a client was refused"),
        Err(_) => return debug!(%from, "a client did not greet"),
    };
    let known = Known(stream.get_ref().1.peer_certificates().is_some());
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(known);
        let mut router = router.clone();
        async move {
            ServiceExt::<hyper::Request<Incoming>>::ready(&mut router)
                .await?
                .call(request)
                .await
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let served = match known {
        Known(true) => serving.await,
        Known(false) => match tokio::time::timeout(VISIT, serving).await {
            Ok(served) => served,
            Err(_) => return debug!(%from, "a client without a certificate stayed for too long"),
        },
    };
    if let Err(error) = served {
        debug!(%from, %error, "a connection ended early");
    }
}
