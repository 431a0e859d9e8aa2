//! Faults of nodes and containers, inflicted by the project's own test bed.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};

use crate::Environment;
use crate::environment::checkout;

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
            None => environment.program("bed").or_else(|_| built())?,
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

/// What `make up` built, when nothing says where the bed is.
fn built() -> Result<PathBuf> {
    let output = std::process::Command::new("cargo")
        .args(["xtask", "bed", "--path"])
        .current_dir(checkout())
        .output()
        .context("cargo cannot be started")?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    ensure!(
        path.is_file(),
        "the program of the test bed was not found: run `make up` first, or set PGO_BED"
    );
    Ok(path)
}
