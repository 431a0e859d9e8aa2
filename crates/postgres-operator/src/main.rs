//! The operator: watches, and runs observe, plan, apply, record for each cluster.
//!
//! Start reading at [`cluster::pass`].

mod args;

mod actors;
mod cluster;
mod config;
mod context;
mod namespace;
mod orphan;
mod policy;
mod stray;

mod health;
mod metrics;

use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use pgo_kube::cache::Caches;
use pgo_kube::lease::{Holder, Lease};
use pgo_kube::{ClusterRef, Kube, Scope, chain, follow};
use pgo_plan::defaults::CONFIG_MAP;
use pgo_plan::desired::namespace::Installation;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;

use crate::args::Args;
use crate::context::Context;
use crate::metrics::Metrics;

const LEASE: &str = "postgres-operator";

fn main() -> ExitCode {
    let args = Args::parse();
    start_logs(args.debug());
    // Two threads: the work is waiting for answers, and each further thread costs memory of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let ended = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(args)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = chain(error.as_ref()), "the operator ends");
            // As in version 4.2, what somebody has to correct first is told from what may pass.
            if error.is::<config::Unusable>() || error.is::<namespace::WrongList>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Structured logs on standard output, one JSON object a line. `RUST_LOG` wins over `debug`. What keeps a watch from
/// going on is said once, by `pgo-kube`, and not again at each try.
fn start_logs(debug: bool) {
    let level = if debug {
        "info,kube_runtime=error,postgres_operator=debug,pgo_kube=debug"
    } else {
        "info,kube_runtime=error"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .init();
}

async fn run(args: Args) -> anyhow::Result<()> {
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        warn!("a cryptography provider was installed before");
    }
    let listed = namespace::listed(&args.namespace)?;
    let mut stop = pin!(stop_signal()?);
    let (client, requests) = pgo_kube::client::connect().await?;
    let mut configs = pin!(follow::<ConfigMap>(&client, &args.operator_namespace, CONFIG_MAP));
    let first = tokio::select! {
        first = configs.next() => first.flatten(),
        () = &mut stop => return Ok(()),
    };
    let configuration = config::start(first.as_ref(), args.images.clone().into())?;

    let (wakes, mut woken) = unbounded_channel();
    let scope = Scope::of_installation(&args.installation_name);
    let caches = Caches::start(&client, &scope, Some(wakes.clone()));
    let metrics = Metrics::new(requests, caches.clone());
    let context = Arc::new(Context::new(
        Kube::new(client.clone(), caches),
        metrics,
        configuration,
    ));
    health::serve(args.health_address, Arc::clone(&context)).await?;

    let me = Holder::me(&client, &args.operator_namespace).await;
    let lease = Lease::new(client, &args.operator_namespace, LEASE, me);
    tokio::select! {
        () = lease.acquire() => {}
        () = &mut stop => return Ok(()),
        () = stand_by(&mut woken) => bail!("nothing is watched any more"),
    }
    wake_all(&context, &wakes);
    let passes = actors::run(
        woken,
        usize::from(args.concurrency),
        |name| cluster::pass(Arc::clone(&context), name),
        stop,
    );
    let mut passes = pin!(passes);
    let ours = Installation {
        name: args.installation_name.clone(),
        namespace: args.operator_namespace.clone(),
    };
    tokio::select! {
        () = &mut passes => {}
        () = namespace::look_after(&context.kube, &ours, &listed) => bail!("namespaces are not watched any more"),
        () = config::follow(configs, Arc::clone(&context), || wake_all(&context, &wakes)) => bail!("the configuration is not watched any more"),
        // What runs is broken off: another one writes now.
        () = lease.lost() => bail!("another operator holds the lease"),
    }
    lease.release().await?;
    info!("stopped");
    Ok(())
}

/// Wakes every name that there may be something to do for.
fn wake_all(context: &Context, wakes: &UnboundedSender<ClusterRef>) {
    let caches = &context.kube.caches;
    let names = [
        caches.clusters.looked_at(),
        caches.tasks.looked_at(),
        caches.replicas.looked_at(),
        caches.policies.looked_at(),
    ];
    for name in names.into_iter().flatten() {
        // Nobody listens any more only while the process ends.
        drop(wakes.send(name));
    }
}

/// Whoever does not hold the lease only listens.
async fn stand_by(woken: &mut UnboundedReceiver<ClusterRef>) {
    while woken.recv().await.is_some() {}
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("signals cannot be listened to");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop");
    })
}
