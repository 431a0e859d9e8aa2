//! Where the world under test is: what `make env` prints, or the same variables already set.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};

/// Without these nothing can be tested.
const NEEDED: [&str; 7] = [
    "KUBECONFIG",
    "PGO_APISERVER_URL",
    "PGOUSERNAME",
    "PGOUSERPASS",
    "PGO_CA_CERT",
    "PGO_CLIENT_CERT",
    "PGO_CLIENT_KEY",
];

/// The variables that a user has after `eval "$(make env)"`.
#[derive(Debug)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Finds the world once for the whole process.
    pub fn find() -> Result<&'static Self> {
        static FOUND: OnceLock<Result<Environment, String>> = OnceLock::new();
        FOUND
            .get_or_init(|| Self::look().map_err(|e| format!("{e:#}")))
            .as_ref()
            .map_err(|e| anyhow::anyhow!("there is no world to test: {e}"))
    }

    fn look() -> Result<Self> {
        let own: BTreeMap<String, String> = std::env::vars().collect();
        if NEEDED.iter().all(|name| own.contains_key(*name)) {
            return Ok(Self(own));
        }
        // A shell reads the lines, because they are written for one.
        let output = Command::new("sh")
            .args([
                "-c",
                "settings=$(make -s env) && eval \"$settings\" && exec env -0",
            ])
            .current_dir(checkout())
            .output()
            .context("sh cannot be started")?;
        if !output.status.success() {
            bail!(
                "`make env` failed, run `make up` first: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let printed: BTreeMap<String, String> = String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let missing: Vec<_> = NEEDED
            .into_iter()
            .filter(|name| !printed.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            bail!(
                "`make env` did not set {}: run `make up` first",
                missing.join(", ")
            );
        }
        Ok(Self(printed))
    }

    /// One variable, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The file that names the Kubernetes under test.
    pub fn kubeconfig(&self) -> PathBuf {
        PathBuf::from(self.get("KUBECONFIG").unwrap_or_default())
    }

    /// A command that runs in this environment.
    pub fn command(&self, program: &str) -> Result<tokio::process::Command> {
        let path = self.program(program)?;
        let mut command = tokio::process::Command::new(path);
        command.env_clear().envs(&self.0).kill_on_drop(true);
        Ok(command)
    }

    /// Finds a program on this environment's `PATH`.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let path: OsString = self.get("PATH").unwrap_or_default().into();
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|candidate| candidate.is_file())
            .with_context(|| format!("{name} is not on the PATH that `make env` sets"))
    }
}

/// The folder of the checkout that this was built from.
pub(crate) fn checkout() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
