//! `down`: takes away what `up` brought. Builds stay.

use anyhow::{Context as _, Result};

use crate::cluster::{Choice, Cluster, bed_kubeconfig};
use crate::say::{Step, progress};
use crate::session::Session;
use crate::tool::Tool;
use crate::up::WATCHED;
use crate::{build, forward, lock, paths};

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
    let deploy = paths::state()?.join("deploy");
    for namespace in WATCHED {
        let clusters = [
            "-n",
            namespace,
            "delete",
            "pgclusters.crunchydata.com",
            "--all",
            "--ignore-not-found",
        ];
        cluster.kubectl(&clusters).args(["--timeout=180s"]).run()?;
    }
    for part in ["pgouser1", "pgouser2", "installation"] {
        let part = deploy.join(part).display().to_string();
        cluster
            .kubectl(&["delete", "--ignore-not-found", "--timeout=180s", "-k", &part])
            .run()?;
    }
    let crds = deploy.join("crds").display().to_string();
    cluster
        .kubectl(&["delete", "--ignore-not-found", "--timeout=60s", "-f", &crds])
        .run()?;
    step.done("removed");
    Ok(())
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
