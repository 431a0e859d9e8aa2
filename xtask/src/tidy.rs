//! The shape of the house: who may import whom, what must never be anywhere, and that the documents name what is there.
//! Its tests are the check.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::{build, paths};

mod documents;

/// Each crate of ours and those of ours that it may import, tests included.
const EDGES: &[(&str, &[&str])] = &[
    ("pgo-crd", &[]),
    ("pgo-api", &["pgo-crd"]),
    ("pgo-postgres", &[]),
    ("pgo-tls", &[]),
    ("pgo-plan", &["pgo-crd", "pgo-postgres"]),
    ("pgo-kube", &["pgo-crd", "pgo-postgres", "pgo-plan"]),
    ("postgres-operator", &["pgo-plan", "pgo-kube", "pgo-crd"]),
    (
        "pgo-apiserver",
        &["pgo-api", "pgo-plan", "pgo-kube", "pgo-crd", "pgo-tls"],
    ),
    // YAML is written in one place, which is there.
    ("pgo", &["pgo-api", "pgo-postgres", "pgo-tls"]),
    ("pgo-agent", &["pgo-postgres"]),
    // The hands are tested against a real API server there.
    ("e2e", &["pgo-crd", "pgo-api", "pgo-plan", "pgo-kube"]),
];

/// A crate that may import anything.
const FREE: &str = "xtask";

/// Crates that decide and do not act.
const PURE: &[&str] = &["pgo-crd", "pgo-api", "pgo-postgres", "pgo-tls", "pgo-plan"];

/// What acting needs; it is in no pure crate's tree.
const IMPURE: &[&str] = &["tokio", "hyper", "reqwest", "kube-client"];

/// A second implementation of cryptography beside aws-lc-rs.
const BANNED: &str = "ring";

/// `cargo xtask tidy`
pub(crate) fn run() -> Result<()> {
    let mut complaints = edges(&imports()?);
    for krate in PURE {
        complaints.extend(impurities(krate, &tree(&["--package", krate])?));
    }
    if tree(&["--workspace", "--target", "all"])?.contains(BANNED) {
        complaints.push(format!(
            "{BANNED} is in the tree: `cargo tree -i {BANNED}` shows who brings it"
        ));
    }
    complaints.extend(documents::complaints(paths::checkout())?);
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("the house is not tidy:\n  - {}", complaints.join("\n  - "))
}

/// What each crate of the workspace imports of the workspace.
fn imports() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let metadata = MetadataCommand::new()
        .manifest_path(paths::checkout().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata")?;
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let imports = metadata.packages.iter().map(|package| {
        let dependencies = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Build);
        let names = dependencies
            .map(|dependency| dependency.name.clone())
            .filter(|name| ours.contains(name));
        (package.name.to_string(), names.collect())
    });
    Ok(imports.collect())
}

fn edges(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (krate, imported) in imports.iter().filter(|(krate, _)| *krate != FREE) {
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| known == krate) else {
            complaints.push(format!("{krate} has no place in the table of xtask/src/tidy.rs"));
            continue;
        };
        for other in imported.iter().filter(|other| !allowed.contains(&other.as_str())) {
            complaints.push(format!("{krate} imports {other}, which is not below it"));
        }
    }
    complaints
}

fn impurities(krate: &str, tree: &BTreeSet<String>) -> Vec<String> {
    let found = IMPURE.iter().filter(|name| tree.contains(**name));
    found
        .map(|name| format!("{krate} depends on {name}: a crate that decides must not be able to act"))
        .collect()
}

/// Names of everything that is compiled into the packages selected, with their features alone.
fn tree(selection: &[&str]) -> Result<BTreeSet<String>> {
    let said = build::cargo()?
        .args([
            "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ])
        .args(selection)
        .read()?;
    Ok(said
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_house_is_tidy() {
        run().unwrap();
    }

    #[test]
    fn an_import_upwards_is_found() {
        let imports = [("pgo-plan".to_owned(), names(&["pgo-crd", "pgo-kube"]))].into();
        assert_eq!(
            edges(&imports),
            ["pgo-plan imports pgo-kube, which is not below it"]
        );
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        let imports = [("pgo-new".to_owned(), names(&[]))].into();
        assert_eq!(edges(&imports).len(), 1);
    }

    #[test]
    fn a_tree_that_can_act_is_found() {
        assert_eq!(impurities("pgo-plan", &names(&["serde", "tokio"])).len(), 1);
        assert_eq!(impurities("pgo-plan", &names(&["serde"])), [""; 0]);
    }

    #[test]
    fn the_tree_of_a_crate_that_acts_is_seen_to_act() {
        assert!(tree(&["--package", "pgo-kube"]).unwrap().contains("kube-client"));
    }
}
