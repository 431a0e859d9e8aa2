//! `up`: from whatever there is to an operator that works. Repeating it does only what is missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use crate::cluster::{Choice, Cluster};
use crate::doctor::Purpose;
use crate::images::{self, Published};
use crate::say::{self, Step, progress};
use crate::session::{self, Session};
use crate::{build, doctor, forward, lock, paths};

mod overlay;

use overlay::Overlay;

/// Where the operator and the API server live.
pub(crate) const NAMESPACE: &str = "pgo";
/// The namespaces in which clusters are made; the first is the user's default.
pub(crate) const WATCHED: [&str; 2] = ["pgouser1", "pgouser2"];
/// The two Deployments that have to be ready.
const DOORS: [&str; 2] = ["postgres-operator", "pgo-apiserver"];
/// The account that the API server makes at its first start.
const FIRST_ACCOUNT: &str = "pgo-first-account";
/// What a namespace carries that `up` made: `down` removes it whole, and of others only what `up` put there.
pub(crate) const MADE: &str = "app.kubernetes.io/managed-by=pgo-up";
/// How long the two Deployments may take, images to be pulled included.
const PATIENCE: &str = "--timeout=240s";

/// Brings everything up and returns how to reach it.
pub(crate) fn run() -> Result<Session> {
    let choice = Choice::find()?;
    let bed = choice == Choice::Bed;
    doctor::prepare(if bed {
        &[Purpose::Images, Purpose::Bed]
    } else {
        &[Purpose::Images]
    })?;
    let registry = choice.registry()?;
    // A cluster that does not answer is heard of before anything is compiled for it.
    let named = choice.connect()?;
    let _turn = lock::take()?;
    images::preflight()?;
    let (cluster, programs) = foundations(named)?;
    let published = images::publish(&registry, &programs)?;
    install(&cluster, &published)?;
    let session = remember(&cluster, &programs)?;
    session.save()?;
    reach(&session.variables["PGO_APISERVER_URL"])?;
    progress(format_args!("up: {}", session.variables["PGO_APISERVER_URL"]));
    if std::env::var_os("CI").is_none() {
        say::note("to use it:  eval \"$(make env)\"");
    }
    Ok(session)
}

/// Kubernetes, our programs and the layers of images wait for different things: they are made side by side.
fn foundations(named: Option<Cluster>) -> Result<(Cluster, PathBuf)> {
    thread::scope(|scope| {
        let cluster = scope.spawn(|| named.map_or_else(bed_up, Ok));
        let layers = scope.spawn(images::layers);
        let programs = build::programs();
        let panicked = |_| anyhow!("a step ended without a result");
        // Each complaint stands for itself: whoever has two problems hears of the first and then of the second.
        let cluster = cluster.join().map_err(panicked)??;
        layers.join().map_err(panicked)??;
        Ok((cluster, programs?))
    })
}

fn bed_up() -> Result<Cluster> {
    let step = Step::begin("test bed");
    let program = build::bed()?;
    // It says itself what it builds and waits for.
    crate::tool::Tool::new(&program)
        .env("PGO_BED_SOURCE", paths::checkout().join("bed"))
        .arg("up")
        .progress()
        .context("the test bed does not come up")?;
    step.done("three nodes ready");
    Ok(Cluster::bed(program))
}

/// Definitions, operator, API server, watched namespaces; then waits until both doors are ready.
fn install(cluster: &Cluster, published: &Published) -> Result<()> {
    let step = Step::begin("operator and API server");
    let overlay = Overlay::write(&paths::checkout().join("deploy"), &paths::state()?, published)?;
    let apply = |how: &str, what: &str| {
        let part = overlay.part(what);
        // The server merges, so that fields which others own stay theirs, and size is no limit.
        cluster
            .kubectl(&[
                "apply",
                "--server-side",
                "--force-conflicts",
                "--field-manager=pgo-up",
                how,
                &part,
            ])
            .run()
    };
    apply("-f", "crds")?;
    cluster
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "-f",
            &overlay.part("crds"),
        ])
        .run()?;
    for namespace in [NAMESPACE].into_iter().chain(WATCHED) {
        make(cluster, namespace)?;
    }
    apply("-k", "installation")?;
    for namespace in WATCHED {
        apply("-k", namespace)?;
    }
    for door in DOORS {
        let deployment = format!("deployment/{door}");
        let ready = cluster
            .kubectl(&["-n", NAMESPACE, "rollout", "status", &deployment, PATIENCE])
            .run();
        ready.map_err(|error| error.context(explain(cluster, door)))?;
    }
    step.done("ready");
    Ok(())
}

/// Makes a namespace, unless it is there.
fn make(cluster: &Cluster, namespace: &str) -> Result<()> {
    let there = cluster.kubectl(&["get", "namespace", namespace, "--ignore-not-found", "-o", "name"]);
    if there.read()?.trim().is_empty() {
        cluster.kubectl(&["create", "namespace", namespace]).run()?;
        cluster.kubectl(&["label", "namespace", namespace, MADE]).run()?;
    }
    Ok(())
}

/// What a person would look at first when a door does not become ready.
fn explain(cluster: &Cluster, door: &str) -> String {
    let selector = format!("name={door}");
    let look = |args: &[&str]| {
        let said = cluster
            .kubectl(&["-n", NAMESPACE])
            .args(args)
            .read()
            .unwrap_or_else(|error| error.to_string());
        let lines: Vec<&str> = said.trim().lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n    ")
    };
    format!(
        "{door} does not become ready\n  pods:\n    {}\n  events:\n    {}\n  log:\n    {}\n",
        look(&["get", "pods", "-l", &selector, "-o", "wide"]),
        look(&["get", "events", "--sort-by=.lastTimestamp"]),
        look(&[
            "logs",
            &format!("deployment/{door}"),
            "--tail=15",
            "--all-containers"
        ]),
    )
}

/// Reads the first user and the certificates where the API server has put them, and says where it is reached.
fn remember(cluster: &Cluster, programs: &Path) -> Result<Session> {
    let state = paths::state()?;
    // A template that fails prints the whole Secret: this one finds nothing where there is nothing.
    let find = |secret: &str, key: &str| -> Result<Option<String>> {
        let template = format!(
            "{{{{with .data}}}}{{{{with index . {key:?}}}}}{{{{. | base64decode}}}}{{{{end}}}}{{{{end}}}}"
        );
        let args = [
            "-n",
            NAMESPACE,
            "get",
            "secret",
            secret,
            "--ignore-not-found",
            "-o",
            "go-template",
            "--template",
            template.as_str(),
        ];
        let found = cluster.kubectl(&args).read();
        let found = found.with_context(|| format!("Secret {secret} of namespace {NAMESPACE}"))?;
        Ok(Some(found).filter(|found| !found.is_empty()))
    };
    let read = |secret: &str, key: &str| {
        find(secret, key)?.with_context(|| format!("Secret {secret} of namespace {NAMESPACE} has no {key}"))
    };
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| drop(variables.insert(name.to_owned(), value));
    for (name, key) in [
        ("PGO_CA_CERT", "ca.crt"),
        ("PGO_CLIENT_CERT", "tls.crt"),
        ("PGO_CLIENT_KEY", "tls.key"),
    ] {
        let file = state.join("client").join(key);
        // A certificate that somebody else made may come alone; it is believed for what it is.
        let content = find("pgo.tls", key)?.map_or_else(|| read("pgo.tls", "tls.crt"), Ok)?;
        paths::write_private(&file, content.as_bytes())?;
        set(name, file.display().to_string());
    }
    let before = Session::load_for(&cluster.kubeconfig)?;
    for (name, key) in [("PGOUSERNAME", "username"), ("PGOUSERPASS", "password")] {
        // Whoever has read the first account may have deleted it.
        let known = || before.as_ref()?.variables.get(name).cloned();
        let value = find(FIRST_ACCOUNT, key)?.or_else(known);
        set(name, value.map_or_else(|| read(FIRST_ACCOUNT, key), Ok)?);
    }
    set("PGO_NAMESPACE", WATCHED[0].to_owned());
    set(
        "PGO_APISERVER_URL",
        if cluster.bed.is_some() {
            service_url(cluster)?
        } else {
            forward::start(cluster)?
        },
    );

    let bin = state.join("bin");
    // kubectl takes programs that are called so for commands of its own, and for what completes them.
    for name in ["pgo", "kubectl-pgo", "kubectl_complete-pgo"] {
        build::link(&programs.join("pgo"), &bin.join(name))?;
    }
    build::link(&cluster.kubectl, &bin.join("kubectl"))?;
    if let Some(bed) = &cluster.bed {
        build::link(bed, &bin.join("bed"))?;
    }
    Ok(Session {
        bed: session::identity(&cluster.kubeconfig),
        kubeconfig: cluster.kubeconfig.clone(),
        variables,
        path: vec![bin],
    })
}

/// Waits until the address leads to the API server: the nodes learn of it a moment after its pod is ready.
fn reach(url: &str) -> Result<()> {
    let address = url.trim_start_matches("https://");
    for _ in 0..300 {
        if std::net::TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("the API server is ready and nobody answers at {url}")
}

/// This machine reaches the bed's Services by their addresses, and the certificate is valid for them.
fn service_url(cluster: &Cluster) -> Result<String> {
    let args = [
        "-n",
        NAMESPACE,
        "get",
        "service",
        "postgres-operator",
        "-o",
        "jsonpath={.spec.clusterIP}",
    ];
    Ok(format!("https://{}:8443", cluster.kubectl(&args).read()?.trim()))
}
