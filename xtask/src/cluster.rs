//! The Kubernetes that everything happens on: the one KUBECONFIG names, or the test bed where it names none.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::images::Registry;
use crate::tool::Tool;
use crate::{build, paths};

/// Where the test bed's registry answers. The bed has fixed addresses, so that images keep their names.
const BED_REGISTRY: &str = "10.213.0.2:5000";

/// Which Kubernetes is meant; nothing was asked of it yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The project's own.
    Bed,
    /// The user's, by its credentials file.
    Named(PathBuf),
}

impl Choice {
    /// Reads KUBECONFIG.
    pub(crate) fn find() -> Result<Self> {
        Self::of(paths::variable("KUBECONFIG").as_deref(), &bed_kubeconfig())
    }

    /// After `eval "$(make env)"` KUBECONFIG names the bed's own file: that is still the bed.
    fn of(kubeconfig: Option<&str>, bed: &Path) -> Result<Self> {
        let Some(kubeconfig) = kubeconfig.filter(|path| Path::new(path) != bed) else {
            return Ok(Self::Bed);
        };
        if kubeconfig.contains(':') {
            bail!("KUBECONFIG names several files ({kubeconfig}): let it name one");
        }
        if !Path::new(kubeconfig).is_file() {
            bail!(
                "KUBECONFIG names {kubeconfig}, which does not exist: correct it, or unset it to have the project's own \
                 test bed"
            );
        }
        Ok(Self::Named(std::path::absolute(kubeconfig)?))
    }

    /// Where its images go.
    pub(crate) fn registry(&self) -> Result<Registry> {
        if *self == Self::Bed {
            return Ok(Registry {
                prefix: format!("{BED_REGISTRY}/pgo"),
                plain: true,
            });
        }
        let prefix = paths::variable("PGO_REGISTRY").context(
            "KUBECONFIG names a cluster of yours: set PGO_REGISTRY to a registry (HOST[:PORT]/PATH) that you can push \
             to and its nodes can pull from, or unset KUBECONFIG to have the project's own test bed",
        )?;
        let plain = paths::variable("PGO_REGISTRY_PLAIN_HTTP").is_some_and(|value| value == "true");
        Ok(Registry {
            prefix: prefix.trim_end_matches('/').to_owned(),
            plain,
        })
    }

    /// The user's cluster, which answers. The bed may have to be made first.
    pub(crate) fn connect(self) -> Result<Option<Cluster>> {
        match self {
            Self::Bed => Ok(None),
            Self::Named(kubeconfig) => Cluster::named(kubeconfig).map(Some),
        }
    }
}

/// A Kubernetes that was seen to answer.
pub(crate) struct Cluster {
    /// Its administrator's credentials.
    pub(crate) kubeconfig: PathBuf,
    /// The program to talk to it with.
    pub(crate) kubectl: PathBuf,
    /// The command of the test bed, if it is that.
    pub(crate) bed: Option<PathBuf>,
}

impl Cluster {
    /// The test bed, which is up.
    pub(crate) fn bed(program: PathBuf) -> Self {
        Self {
            kubeconfig: bed_kubeconfig(),
            kubectl: paths::bed_state().join("bin/kubectl"),
            bed: Some(program),
        }
    }

    /// A cluster of the user's; fails in one sentence when it does not answer.
    pub(crate) fn named(kubeconfig: PathBuf) -> Result<Self> {
        let kubectl = build::kubectl_on_path().context(
            "there is no kubectl in PATH: install the one that fits the cluster that KUBECONFIG names",
        )?;
        let cluster = Self {
            kubeconfig,
            kubectl,
            bed: None,
        };
        let said = cluster.kubectl(&["version", "--request-timeout=10s"]).output()?;
        if !said.status.success() {
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            bail!(
                "the cluster that KUBECONFIG ({}) names does not answer: {}",
                cluster.kubeconfig.display(),
                said.lines().last().unwrap_or("kubectl says nothing").trim()
            );
        }
        Ok(cluster)
    }

    /// A kubectl command on this cluster.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Tool {
        Tool::new(&self.kubectl)
            .env("KUBECONFIG", &self.kubeconfig)
            .args(args)
    }
}

/// Where the bed leaves its administrator's credentials.
pub(crate) fn bed_kubeconfig() -> PathBuf {
    paths::bed_state().join("kubeconfig")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kubeconfig: Option<&str>) -> Result<Choice, String> {
        let bed = Path::new("/var/lib/pgo-bed/kubeconfig");
        Choice::of(kubeconfig, bed).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_kubeconfig_it_is_the_bed_and_with_the_beds_own_too() {
        assert_eq!(of(None), Ok(Choice::Bed));
        assert_eq!(of(Some("/var/lib/pgo-bed/kubeconfig")), Ok(Choice::Bed));
    }

    #[test]
    fn a_kubeconfig_that_points_nowhere_is_named() {
        let complaint = of(Some("/nowhere/config")).unwrap_err();
        assert!(
            complaint.starts_with("KUBECONFIG names /nowhere/config, which does not exist"),
            "{complaint}"
        );
    }

    #[test]
    fn a_file_that_exists_is_a_cluster_of_the_users() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(
            of(file.path().to_str()),
            Ok(Choice::Named(file.path().to_owned()))
        );
    }
}
