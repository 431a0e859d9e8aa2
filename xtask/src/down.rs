//! `down`: takes away what `up` brought. Builds stay.

use anyhow::{Context as _, Result, ensure};

use crate::cluster::{Choice, Cluster, bed_kubeconfig};
use crate::say::{Step, progress};
use crate::session::Session;
use crate::tool::Tool;
use crate::up::{MADE, NAMESPACE, WATCHED};
use crate::{build, forward, lock, paths};

/// The resource, whatever else is called so.
const CLUSTERS: &str = "pgclusters.crunchydata.com";

/// Removes everything of the installation that is meant.
pub(crate) fn run() -> Result<()> {
    let choice = Choice::find()?;
    let _turn = lock::take()?;
    forward::stop()?;
    match choice {
        Choice::Bed => bed_down()?,
        Choice::Named(kubeconfig) => {
            if Session::load_for(&kubeconfig)?.is_some() {
                uninstall(&Cluster::named(kubeconfig)?)?;
            } else {
                progress("`up` was never here: nothing is removed from this cluster");
            }
        }
    }
    unmount_storage()?;
    let state = paths::state()?;
    if state.exists() {
        std::fs::remove_dir_all(&state).with_context(|| state.display().to_string())?;
    }
    progress("down: nothing of it is left running or mounted");
    Ok(())
}

fn bed_down() -> Result<()> {
    let state = paths::bed_state();
    // Its own copy knows best what it started; without one, and without state, there may still be remains to clear.
    let installed = state.join("bin/bed");
    if !installed.exists() && !bed_kubeconfig().exists() && !state.exists() {
        return Ok(());
    }
    let step = Step::begin("test bed");
    let program = if installed.exists() {
        installed
    } else {
        build::bed()?
    };
    Tool::new(program).arg("down").progress()?;
    step.done("removed");
    Ok(())
}

/// Takes the clusters first: the operator that releases them has to live that long.
fn uninstall(cluster: &Cluster) -> Result<()> {
    let step = Step::begin("operator, API server and clusters");
    let elsewhere = clusters_elsewhere(cluster)?;
    ensure!(
        elsewhere.is_empty(),
        "there are clusters in namespaces that `up` knows nothing of, and they would lose their operator: {}\ndelete them \
         first, for example with `pgo delete cluster NAME -n NAMESPACE`",
        elsewhere.join(", ")
    );
    for namespace in WATCHED {
        let clusters = ["-n", namespace, "delete", CLUSTERS, "--all", "--ignore-not-found"];
        cluster.kubectl(&clusters).args(["--timeout=180s"]).run()?;
    }
    for (part, namespace) in [
        (WATCHED[0], WATCHED[0]),
        (WATCHED[1], WATCHED[1]),
        ("installation", NAMESPACE),
    ] {
        remove(cluster, part, namespace)?;
    }
    let crds = paths::state()?.join("deploy/crds").display().to_string();
    cluster
        .kubectl(&["delete", "--ignore-not-found", "--timeout=60s", "-f", &crds])
        .run()?;
    step.done("removed");
    Ok(())
}

/// Clusters in namespaces other than those of `up`, as `namespace/name`.
fn clusters_elsewhere(cluster: &Cluster) -> Result<Vec<String>> {
    let columns = "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{\"\\n\"}{end}";
    let all = cluster
        .kubectl(&["get", CLUSTERS, "--all-namespaces", "-o", columns])
        .read()?;
    let is_ours = |name: &&str| {
        WATCHED
            .iter()
            .any(|namespace| name.starts_with(&format!("{namespace}/")))
    };
    Ok(all
        .lines()
        .filter(|name| !is_ours(name))
        .map(str::to_owned)
        .collect())
}

/// Removes what a part of the installation consists of. A namespace that was there before `up` stays.
fn remove(cluster: &Cluster, part: &str, namespace: &str) -> Result<()> {
    let part = paths::state()?.join("deploy").join(part).display().to_string();
    let made = ["get", "namespace", "-l", MADE, "-o", "name"];
    let whole = format!("namespace/{namespace}");
    let is_made = cluster.kubectl(&made).read()?.lines().any(|name| name == whole);
    let objects = cluster
        .kubectl(&["get", "-k", &part, "--ignore-not-found", "-o", "name"])
        .read()?;
    let objects: Vec<&str> = objects.lines().filter(|name| is_made || *name != whole).collect();
    if objects.is_empty() {
        return Ok(());
    }
    cluster
        .kubectl(&["-n", namespace, "delete", "--ignore-not-found", "--timeout=180s"])
        .args(&objects)
        .run()
}

/// buildah leaves its storage mounted on itself.
fn unmount_storage() -> Result<()> {
    let storage = paths::cache()?.join("buildah");
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let ours = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .filter(|at| at.starts_with(&*storage.to_string_lossy()));
    for mounted in ours.collect::<Vec<_>>().into_iter().rev() {
        Tool::new("umount").arg(mounted).run()?;
    }
    Ok(())
}
