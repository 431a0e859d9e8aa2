//! What the documents name must be there: files that a link leads to, and files that are written as code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &[".git", "target"];

/// Documents that speak of this repository's files; others may name files that are elsewhere.
const OF_FILES: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"];

/// Endings by which a word is known to be a file.
const ENDINGS: &[&str] = &[".rs", ".go", ".md", ".yaml", ".toml", ".py"];

/// One complaint for each name that leads nowhere.
pub(super) fn complaints(checkout: &Path) -> Result<Vec<String>> {
    let files = files(checkout)?;
    let mut complaints = Vec::new();
    let is_document = |file: &&String| Path::new(file).extension().is_some_and(|end| end == "md");
    for document in files.iter().filter(is_document) {
        let text = fs::read_to_string(checkout.join(document)).with_context(|| document.clone())?;
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        for link in links(&text).filter(|link| !checkout.join(normal(&folder.join(link))).exists()) {
            complaints.push(format!("{document} links to {link}, which is not there"));
        }
        if OF_FILES.contains(&document.as_str()) {
            for name in names(&text).filter(|name| !is_there(name, &files)) {
                complaints.push(format!("{document} names {name}, which is not there"));
            }
        }
    }
    Ok(complaints)
}

/// Every file of the checkout, by its path in it.
fn files(checkout: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(checkout.join(&folder)).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let name = entry.file_name();
            let path = folder.join(&name);
            if !entry.file_type()?.is_dir() {
                found.insert(path.display().to_string());
            } else if !FOREIGN.iter().any(|foreign| name == *foreign) {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

/// Where the links of a document lead inside the repository, without the place in the page.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.split('#').next().unwrap_or_default())
        .filter(|link| !link.is_empty() && !link.contains("://"))
}

/// The files that are written as code. What has a blank or a placeholder in it is no file's name.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |code: &&str| {
        ENDINGS.iter().any(|ending| code.ends_with(ending))
            && !code.starts_with('.')
            && !code.contains(|c: char| c.is_whitespace() || "<>*…=".contains(c))
    };
    text.split('`').skip(1).step_by(2).filter(is_name)
}

/// Whether there is a file of this name: by its path, below a crate's `src`, or somewhere below a crate that was named
/// before it.
fn is_there(name: &str, files: &BTreeSet<String>) -> bool {
    let below_src = name
        .split_once('/')
        .map(|(krate, rest)| format!("crates/{krate}/src/{rest}"));
    let end = format!("/{name}");
    files.contains(name)
        || below_src.is_some_and(|path| files.contains(&path))
        || files.iter().any(|file| file.ends_with(&end))
}

/// A path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_and_a_name_that_lead_nowhere_are_found() {
        let checkout = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = checkout.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("crates/pgo-plan/src/status.rs", "");
        write(
            "docs/cluster.md",
            "[up](../README.md) [gone](gone.md#place) `elsewhere.yaml`",
        );
        write(
            "README.md",
            "[docs](docs/cluster.md) [web](https://example.com/x.md) `pgo-plan/status.rs` `status.rs` `pgo-plan/gone.rs` \
             `<noun>.rs` `run x.rs`",
        );
        assert_eq!(
            complaints(checkout.path()).unwrap(),
            [
                "README.md names pgo-plan/gone.rs, which is not there",
                "docs/cluster.md links to gone.md, which is not there",
            ]
        );
    }
}
