//! The manifests of deploy/, with the images that were just pushed: an overlay in the state directory.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::images::Published;

/// Where the overlay and copies of what it builds on are.
pub(crate) struct Overlay(PathBuf);

impl Overlay {
    /// Writes it anew, from the manifests of the checkout.
    pub(crate) fn write(deploy: &Path, state: &Path, images: &Published) -> Result<Self> {
        let folder = state.join("deploy");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        copy(deploy, &folder)?;
        let overlay = folder.join("installation");
        fs::create_dir_all(&overlay)?;
        let configuration =
            fs::read_to_string(folder.join("operator/pgo.yaml")).context("deploy/operator/pgo.yaml")?;
        fs::write(overlay.join("pgo.yaml"), configured(&configuration, images)?)?;
        fs::write(overlay.join("kustomization.yaml"), kustomization(images))?;
        Ok(Self(folder))
    }

    /// A part of it, by its folder's name.
    pub(crate) fn part(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

fn kustomization(images: &Published) -> String {
    let mut text = "\
        apiVersion: kustomize.config.k8s.io/v1beta1\n\
        kind: Kustomization\n\
        resources: [../operator]\n\
        namespace: pgo\n\
        configMapGenerator:\n  \
          - name: pgo-config\n    \
            behavior: merge\n    \
            files: [pgo.yaml]\n    \
            options: {disableNameSuffixHash: true}\n\
        images:\n"
        .to_owned();
    for name in ["postgres-operator", "pgo-apiserver"] {
        let (prefix, tag) = (&images.prefix, &images.tags[name]);
        let _ = writeln!(
            text,
            "  - {{name: crunchydata/{name}, newName: {prefix}/{name}, newTag: {tag}}}"
        );
    }
    text
}

/// The operator's configuration with our registry and tags, each in its one place.
fn configured(text: &str, images: &Published) -> Result<String> {
    let values = [
        ("CCPImagePrefix", &images.prefix),
        ("CCPImageTag", &images.tags["crunchy-postgres-ha"]),
        ("PGOImagePrefix", &images.prefix),
        ("PGOImageTag", &images.tags["pgo-backrest-repo"]),
    ];
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (key, value) in values {
        let mut found = lines
            .iter_mut()
            .filter(|line| line.trim_start().starts_with(&format!("{key}:")));
        let (Some(line), None) = (found.next(), found.next()) else {
            bail!("deploy/operator/pgo.yaml must name {key} exactly once");
        };
        let indent = line.len() - line.trim_start().len();
        *line = format!("{:indent$}{key}: {value}", "");
    }
    Ok(lines.join("\n") + "\n")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| target.display().to_string())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Published {
        let names = [
            "postgres-operator",
            "pgo-apiserver",
            "crunchy-postgres-ha",
            "pgo-backrest-repo",
        ];
        Published {
            prefix: "r:5000/pgo".into(),
            tags: names.map(|name| (name, format!("tag-of-{name}"))).into(),
        }
    }

    #[test]
    fn the_projects_own_configuration_is_given_our_images() {
        let deploy = crate::paths::checkout().join("deploy");
        let text = fs::read_to_string(deploy.join("operator/pgo.yaml")).unwrap();
        let changed = configured(&text, &images()).unwrap();
        assert!(
            changed.contains("\n  CCPImageTag: tag-of-crunchy-postgres-ha\n"),
            "{changed}"
        );
        assert!(changed.contains("\n  PGOImagePrefix: r:5000/pgo\n"), "{changed}");
        assert_eq!(text.lines().count(), changed.lines().count());
    }

    #[test]
    fn a_key_that_is_missing_or_doubled_is_refused() {
        assert!(configured("Cluster:\n", &images()).is_err());
        let doubled = "CCPImagePrefix:\nCCPImagePrefix:\nCCPImageTag:\nPGOImagePrefix:\nPGOImageTag:\n";
        assert!(configured(doubled, &images()).is_err());
    }

    #[test]
    fn the_overlay_stands_beside_copies_of_what_it_builds_on() {
        let dir = tempfile::tempdir().unwrap();
        let deploy = crate::paths::checkout().join("deploy");
        let overlay = Overlay::write(&deploy, dir.path(), &images()).unwrap();
        for part in ["installation", "operator", "watched", "pgouser1"] {
            assert!(
                Path::new(&overlay.part(part))
                    .join("kustomization.yaml")
                    .is_file(),
                "{part}"
            );
        }
    }
}
