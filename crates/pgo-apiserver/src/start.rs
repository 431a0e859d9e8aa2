//! From arguments to a server that answers, and its end.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use pgo_kube::cache::Caches;
use pgo_kube::{Kube, Office, Scope};
use pgo_plan::desired::namespace::Installation;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::app::App;
use crate::app::cluster::Written;
use crate::args::{Args, UnknownExemption};
use crate::auth::{Verifier, bootstrap};
use crate::certificate::Certificate;
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::router;
use crate::serve::serve;
use crate::tls::keep;

/// How long to wait for all namespaces before requests are taken for those that have been heard of.
const ENOUGH: Duration = Duration::from_secs(20);
/// How often to say what is still missing.
const STILL_WAITING: Duration = Duration::from_secs(10);

/// Runs the server until it is told to stop.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        warn!("a cryptography provider was installed before");
    }
    let exempt = args.exempt_routes()?;
    if args.no_verify() {
        warn!("TLS_NO_VERIFY has no effect: client certificates are always verified");
    }
    let (client, _) = pgo_kube::client::connect().await?;
    let office = Office::start(&client, &args.operator_namespace);
    patiently(office.ready(), || office.unready().join(", ")).await;
    let configuration = Configuration::read(&office, args.images.clone().into())?;
    bootstrap::first_account(&office).await?;

    let scope = Scope::of_installation(&args.installation_name);
    let kube = Kube::new(client.clone(), Caches::start_to_answer(&client, &scope));
    let tls = if args.tls() {
        Some(Certificate::obtain(&args, &office, Path::new(keep::FOLDER)).await?)
    } else {
        None
    };
    let app = Arc::new(App {
        kube,
        office,
        scope,
        installation: Installation {
            name: args.installation_name.clone(),
            namespace: args.operator_namespace.clone(),
        },
        exempt,
        configuration,
        verifier: Verifier::new(),
        written: Written::default(),
        metrics: Metrics::new(),
        started: AtomicBool::new(false),
        running: TaskTracker::new(),
    });

    let listener = listen(args.port).await?;
    info!(
        port = args.port,
        tls = args.tls(),
        installation = args.installation_name,
        "listening"
    );
    let stop = stop_on_signal()?;
    let current = tls.map(|tls| tls.follow(Arc::clone(&app), stop.clone()));
    let waiting = tokio::spawn(hear(Arc::clone(&app)));
    serve(
        listener,
        current,
        router::table(Arc::clone(&app)).into_service(),
        stop,
    )
    .await;
    waiting.abort();
    app.running.close();
    app.running.wait().await;
    info!("stopped");
    Ok(())
}

/// Takes requests once everything has been heard of, or what could be heard of in time.
async fn hear(app: Arc<App>) {
    let all = app.kube.caches.ready();
    if tokio::time::timeout(ENOUGH, all).await.is_err() {
        warn!(
            missing = app.unheard().join(", "),
            "requests are taken although not everything has been heard of"
        );
    }
    app.started.store(true, Ordering::Relaxed);
    info!("ready");
    patiently(app.kube.caches.ready(), || app.unheard().join(", ")).await;
}

/// Listens on all addresses, of both kinds where the machine has both.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
            .await
            .with_context(|| {
                format!("port {port} cannot be listened on: free it or choose another with PORT")
            }),
    }
}

/// 4.2 ended with 1 for a wrong exemption and with 2 for everything else that is wrong at start.
pub(crate) fn exit_code(problem: &anyhow::Error) -> ExitCode {
    if problem.is::<UnknownExemption>() {
        ExitCode::from(1)
    } else {
        ExitCode::from(2)
    }
}

/// Waits, and says from time to time what for: a missing right looks like this.
async fn patiently(ready: impl Future<Output = ()>, missing: impl Fn() -> String) {
    let mut ready = std::pin::pin!(ready);
    while tokio::time::timeout(STILL_WAITING, &mut ready).await.is_err() {
        warn!(missing = missing(), "still waiting for a first complete list");
    }
}

fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop; requests in flight finish");
        told.cancel();
    });
    Ok(stop)
}
