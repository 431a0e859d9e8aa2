//! Where things are: the checkout, what may be thrown away (builds), and what an installation needs to be remembered.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The checkout that this program was built from.
pub(crate) fn checkout() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Builds and downloads, kept outside the checkout: `${XDG_CACHE_HOME:-~/.cache}/pgo`.
pub(crate) fn cache() -> Result<PathBuf> {
    below_home("XDG_CACHE_HOME", ".cache")
}

/// What `up` leaves for `env` and `down`: `${XDG_STATE_HOME:-~/.local/state}/pgo`.
pub(crate) fn state() -> Result<PathBuf> {
    below_home("XDG_STATE_HOME", ".local/state")
}

/// Cargo's target directory: one for each checkout, as the Makefile has it, because cargo takes what another clone
/// compiled there for its own.
pub(crate) fn target() -> Result<PathBuf> {
    if let Some(dir) = variable("CARGO_TARGET_DIR") {
        return Ok(std::path::absolute(dir)?);
    }
    let checkout = checkout().display().to_string().replace('/', "-");
    Ok(cache()?.join(format!("target{checkout}")))
}

/// Where the test bed keeps its things.
pub(crate) fn bed_state() -> PathBuf {
    variable("PGO_BED_STATE").map_or_else(|| "/var/lib/pgo-bed".into(), PathBuf::from)
}

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn below_home(variable_name: &str, otherwise: &str) -> Result<PathBuf> {
    let base = variable(variable_name).or_else(|| Some(format!("{}/{otherwise}", variable("HOME")?)));
    let base =
        base.with_context(|| format!("set HOME or {variable_name}: builds and state are kept there"))?;
    Ok(std::path::absolute(base)?.join("pgo"))
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    // A temporary file is readable by its owner only.
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(|| folder.display().to_string())?;
    file.write_all(content)
        .with_context(|| path.display().to_string())?;
    file.persist(path).with_context(|| path.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_checkout_is_the_workspace() {
        assert!(checkout().join("Cargo.lock").is_file());
    }

    #[test]
    fn a_private_file_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/secret");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
