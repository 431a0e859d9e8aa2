//! The program that builds images: buildah unless IMGBUILDER says podman or docker.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::paths;
use crate::tool::Tool;

/// One of three programs that understand a Containerfile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Builder {
    /// Needs no daemon and keeps what it builds in a folder of ours.
    Buildah { storage: PathBuf },
    /// As the user has set it up.
    Podman,
    /// As the user has set it up; needs a daemon that mounts while it builds.
    Docker,
}

impl Builder {
    /// The one that IMGBUILDER names.
    pub(crate) fn choose() -> Result<Self> {
        Self::named(paths::variable("IMGBUILDER").as_deref(), &paths::cache()?)
    }

    fn named(name: Option<&str>, cache: &Path) -> Result<Self> {
        match name {
            None | Some("buildah") => Ok(Self::Buildah {
                storage: cache.join("buildah"),
            }),
            Some("podman") => Ok(Self::Podman),
            Some("docker") => Ok(Self::Docker),
            Some(other) => bail!("IMGBUILDER={other} is unknown: set it to buildah, podman or docker"),
        }
    }

    fn tool(&self) -> Tool {
        match self {
            Self::Buildah { storage } => Tool::new("buildah")
                .arg("--root")
                .arg(storage.join("root"))
                .arg("--runroot")
                .arg(storage.join("run")),
            Self::Podman => Tool::new("podman"),
            Self::Docker => Tool::new("docker").env("DOCKER_BUILDKIT", "1"),
        }
    }

    /// Whether it has an image of this name.
    pub(crate) fn has(&self, image: &str) -> bool {
        let kind = if matches!(self, Self::Buildah { .. }) {
            ["inspect", "--type=image"]
        } else {
            ["image", "inspect"]
        };
        self.tool().args(kind).arg(image).succeeds()
    }

    /// Builds the Containerfile in `context`.
    pub(crate) fn build(&self, context: &Path, from: Option<&str>, image: &str) -> Result<()> {
        let mut tool = self.tool().args(match self {
            // A chroot asks least of the machine; a container of its own would need a runtime and cgroups.
            Self::Buildah { .. } => ["build", "--isolation=chroot"].as_slice(),
            Self::Podman | Self::Docker => &["build"],
        });
        tool = tool
            .arg("--file")
            .arg(context.join("Containerfile"))
            .args(["--tag", image]);
        if let Some(from) = from {
            tool = tool.arg(format!("--build-arg=BASE={from}"));
        }
        tool.arg(context).run()
    }

    /// Runs a program in an image and returns what it prints.
    pub(crate) fn ask(&self, image: &str, argv: &[&str]) -> Result<String> {
        if !matches!(self, Self::Buildah { .. }) {
            let entry = format!("--entrypoint={}", argv[0]);
            return self
                .tool()
                .args(["run", "--rm", "--network=none", &entry, image])
                .args(&argv[1..])
                .read();
        }
        let container = self.tool().args(["from", image]).read()?;
        let said = self
            .tool()
            .args(["run", "--isolation=chroot", container.trim(), "--"])
            .args(argv)
            .read();
        self.tool().args(["rm", container.trim()]).run()?;
        said
    }

    /// Bytes of an image, unpacked.
    pub(crate) fn size(&self, image: &str) -> Result<u64> {
        let said = match self {
            Self::Buildah { .. } => self.tool().args(["images", "--json", image]).read()?,
            Self::Podman | Self::Docker => self.tool().args(["image", "inspect", image]).read()?,
        };
        let value: serde_json::Value = serde_json::from_str(&said)?;
        Ok(size_in(&value).unwrap_or_default())
    }

    /// Removes images of the same name with other tags than `keep`, and layers that nothing uses any more.
    pub(crate) fn prune(&self, name: &str, keep: &str) -> Result<()> {
        let format = "{{.Repository}}:{{.Tag}}";
        let mine = format!("localhost/{name}:");
        let all = match self {
            Self::Buildah { .. } => self
                .tool()
                .args(["images", "--format", "{{.Name}}:{{.Tag}}"])
                .read()?,
            Self::Podman | Self::Docker => self.tool().args(["images", "--format", format]).read()?,
        };
        for old in all
            .lines()
            .filter(|image| image.starts_with(&mine) && *image != keep)
        {
            // In use by somebody, or gone already: then it stays or is gone.
            let _ = self.tool().args(["rmi", old]).succeeds();
        }
        Ok(())
    }

    /// Copies an image into a registry; `plain` when that speaks HTTP without TLS.
    pub(crate) fn push(&self, image: &str, to: &str, plain: bool) -> Result<()> {
        let from = match self {
            Self::Buildah { storage } => {
                let (root, run) = (storage.join("root"), storage.join("run"));
                format!(
                    "containers-storage:[overlay@{}+{}]{image}",
                    root.display(),
                    run.display()
                )
            }
            Self::Podman => format!("containers-storage:{image}"),
            Self::Docker => format!("docker-daemon:{image}"),
        };
        Tool::new("skopeo")
            .args(["copy", "--quiet"])
            .arg(format!("--dest-tls-verify={}", !plain))
            .arg(from)
            .arg(format!("docker://{to}"))
            .run()
    }
}

/// Whether a registry has an image.
pub(crate) fn pushed(image: &str, plain: bool) -> bool {
    Tool::new("skopeo")
        .args(["inspect", "--raw"])
        .arg(format!("--tls-verify={}", !plain))
        .arg(format!("docker://{image}"))
        .succeeds()
}

/// The size in what a builder says of one image: a number, or text such as `193 MB`.
fn size_in(value: &serde_json::Value) -> Option<u64> {
    let first = value.get(0)?;
    let size = first.get("Size").or_else(|| first.get("size"))?;
    if let Some(bytes) = size.as_u64() {
        return Some(bytes);
    }
    let (number, unit) = size.as_str()?.split_once(' ')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let scale: u64 = match unit {
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => 1,
    };
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(whole.parse::<u64>().ok()? * scale + fraction * scale / 1000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_builder_is_refused_with_the_known_ones() {
        let error = Builder::named(Some("kaniko"), Path::new("/c"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "IMGBUILDER=kaniko is unknown: set it to buildah, podman or docker"
        );
    }

    #[test]
    fn buildah_is_the_default() {
        let expected = Builder::Buildah {
            storage: "/c/buildah".into(),
        };
        assert_eq!(Builder::named(None, Path::new("/c")).unwrap(), expected);
    }

    #[test]
    fn sizes_are_read_in_every_spelling() {
        assert_eq!(size_in(&json!([{"size": "193 MB"}])), Some(193_000_000));
        assert_eq!(size_in(&json!([{"size": "73.9 MB"}])), Some(73_900_000));
        assert_eq!(size_in(&json!([{"Size": 12}])), Some(12));
        assert_eq!(size_in(&json!([])), None);
    }
}
