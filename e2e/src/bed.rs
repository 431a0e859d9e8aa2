//! Faults of nodes and containers, inflicted by the project's own test bed.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};

use crate::Environment;

/// The test bed that the world runs on.
#[derive(Debug, Clone)]
pub struct Bed {
    program: PathBuf,
}

impl Bed {
    /// Finds the bed; fails where the world under test is some other Kubernetes, which has no nodes to break.
    pub async fn find(environment: &Environment) -> Result<Self> {
        let program = match environment.get("PGO_BED") {
            Some(path) => PathBuf::from(path),
            None => environment.program("bed").or_else(|_| built(environment))?,
        };
        let bed = Self { program };
        let own = bed
            .run(&["kubeconfig"])
            .await
            .context("no test bed is up, and only there can nodes be broken")?;
        ensure!(
            environment.kubeconfig() == *own.trim(),
            "KUBECONFIG names another Kubernetes than the test bed's, and only there can nodes be broken"
        );
        Ok(bed)
    }

    /// Takes a node away as a loss of power does.
    pub async fn kill_node(&self, node: &str) -> Result<()> {
        self.run(&["kill-node", node]).await.map(drop)
    }

    /// Cuts a node off the network; it goes on running.
    pub async fn cut_node(&self, node: &str) -> Result<()> {
        self.run(&["cut-node", node]).await.map(drop)
    }

    /// Brings a node back and waits until it is Ready.
    pub async fn heal_node(&self, node: &str) -> Result<()> {
        self.run(&["heal-node", node]).await.map(drop)
    }

    /// Stops every process of a node, of a pod, or of one program such as the Kubernetes API server.
    pub async fn freeze(&self, target: &str) -> Result<()> {
        self.run(&["freeze", target]).await.map(drop)
    }

    /// Continues what was frozen.
    pub async fn thaw(&self, target: &str) -> Result<()> {
        self.run(&["thaw", target]).await.map(drop)
    }

    /// Kills every process in a container at one instant.
    pub async fn kill_container(&self, namespace: &str, pod: &str, container: &str) -> Result<()> {
        self.run(&["kill-container", namespace, pod, container])
            .await
            .map(drop)
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = tokio::process::Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("bed {} failed: {}", arguments.join(" "), said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Where `make up` builds the bed's program.
fn built(environment: &Environment) -> Result<PathBuf> {
    let cache = environment.get("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(environment.get("HOME")?).join(".cache")));
    let program = cache
        .context("neither HOME nor XDG_CACHE_HOME is set")?
        .join("pgo/bin/bed");
    ensure!(
        program.is_file(),
        "the test bed's program is missing: run `make up` first, or set PGO_BED"
    );
    Ok(program)
}
