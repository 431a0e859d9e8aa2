//! What `up` found out and `env`, `demo` and `down` need: kept in one file that only its owner may read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cluster::{Choice, Cluster};
use crate::paths;

/// How to reach an installation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The administrator's credentials for Kubernetes.
    pub(crate) kubeconfig: PathBuf,
    /// Which bed it was; empty for a cluster of the user's.
    pub(crate) bed: String,
    /// The variables a user needs; secrets among them.
    pub(crate) variables: BTreeMap<String, String>,
    /// Directories in front of PATH.
    pub(crate) path: Vec<PathBuf>,
}

impl Session {
    /// The session of the Kubernetes that is meant, or a hint at what to do.
    pub(crate) fn load() -> Result<Self> {
        let wanted = match Choice::find()? {
            Choice::Bed => crate::cluster::bed_kubeconfig(),
            Choice::Named(kubeconfig) => kubeconfig,
        };
        Self::load_for(&wanted)?.context("nothing is up here: run `make up` first")
    }

    /// The session of one Kubernetes, if `up` has been there.
    pub(crate) fn load_for(kubeconfig: &Path) -> Result<Option<Self>> {
        let file = file()?;
        let Ok(text) = fs::read(&file) else {
            return Ok(None);
        };
        let session: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged: remove it and run `make up`", file.display()))?;
        Ok((session.kubeconfig == kubeconfig && session.bed == identity(kubeconfig)).then_some(session))
    }

    /// Keeps it.
    pub(crate) fn save(&self) -> Result<()> {
        paths::write_private(&file()?, &serde_json::to_vec_pretty(self)?)
    }

    /// `export` lines for a shell, and nothing else.
    pub(crate) fn exports(&self) -> String {
        let path = self
            .path
            .iter()
            .map(|dir| dir.display().to_string())
            .collect::<Vec<_>>()
            .join(":");
        let mut lines = vec![format!("export PATH={}:\"$PATH\"", quoted(&path))];
        lines.push(format!(
            "export KUBECONFIG={}",
            quoted(&self.kubeconfig.display().to_string())
        ));
        lines.extend(
            self.variables
                .iter()
                .map(|(name, value)| format!("export {name}={}", quoted(value))),
        );
        lines.join("\n")
    }
}

/// The Kubernetes that is meant, which answers.
pub(crate) fn cluster() -> Result<Cluster> {
    Ok(Choice::find()?
        .connect()?
        .unwrap_or_else(|| Cluster::bed(paths::bed_state().join("bin/bed"))))
}

/// Tells one bed from the next: each makes its keys anew. A user's file may change without being another cluster's.
pub(crate) fn identity(kubeconfig: &Path) -> String {
    if kubeconfig != crate::cluster::bed_kubeconfig() {
        return String::new();
    }
    let content = fs::read(kubeconfig).unwrap_or_default();
    Sha256::digest(content)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

fn file() -> Result<PathBuf> {
    Ok(paths::state()?.join("session.json"))
}

/// One word for a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Tool;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in [
            "plain",
            "",
            "two words",
            "it's",
            "$HOME `id` \"x\" \\",
            "*?[",
            "a\nb",
        ] {
            let said = Tool::new("sh")
                .arg("-c")
                .arg(format!("printf %s {}", quoted(text)))
                .read()
                .unwrap();
            assert_eq!(said, text);
        }
    }

    #[test]
    fn only_export_lines_are_printed() {
        let session = Session {
            kubeconfig: "/k".into(),
            bed: String::new(),
            variables: [("PGOUSERPASS".to_owned(), "a b".to_owned())].into(),
            path: vec!["/bin one".into(), "/two".into()],
        };
        assert_eq!(
            session.exports(),
            "export PATH='/bin one:/two':\"$PATH\"\nexport KUBECONFIG=/k\nexport PGOUSERPASS='a b'"
        );
    }
}
