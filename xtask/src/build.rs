//! Our own programs, compiled for images and for the person who runs them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::say::Step;
use crate::tool::Tool;
use crate::{paths, tool};

/// Every program that ends up in an image or on somebody's PATH.
pub(crate) const PROGRAMS: [&str; 4] = ["pgo-agent", "postgres-operator", "pgo-apiserver", "pgo"];

/// Cargo, as it runs us, in the checkout and with our target directory.
pub(crate) fn cargo() -> Result<Tool> {
    let program = paths::variable("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let target = paths::target()?;
    // A toolchain that rustup has fixed for us is right for our children too.
    Ok(Tool::new(program)
        .dir(paths::checkout())
        .env("CARGO_TARGET_DIR", target))
}

/// Compiles the programs and returns the directory they are in.
pub(crate) fn programs() -> Result<PathBuf> {
    let step = Step::begin("compiling the programs");
    let packages = PROGRAMS.iter().flat_map(|program| ["--package", program]);
    cargo()?
        .args(["build", "--quiet", "--locked", "--profile", "fast", "--bins"])
        .args(packages)
        .run()
        .context("the programs do not compile")?;
    step.done("up to date");
    Ok(paths::target()?.join("fast"))
}

/// Compiles the command of the test bed and returns its path.
pub(crate) fn bed() -> Result<PathBuf> {
    let bin = paths::cache()?.join("bin");
    std::fs::create_dir_all(&bin).with_context(|| bin.display().to_string())?;
    let program = bin.join("bed");
    Tool::new("go")
        .dir(&paths::checkout().join("bed"))
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .args(["build".as_ref(), "-o".as_ref(), program.as_os_str(), ".".as_ref()])
        .run()
        .context("the test bed's command does not compile")?;
    Ok(program)
}

/// Makes `link` point to `program`, whatever it was before.
pub(crate) fn link(program: &Path, link: &Path) -> Result<()> {
    if std::fs::read_link(link).is_ok_and(|old| old == program) {
        return Ok(());
    }
    let folder = link.parent().context("a link has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if link.symlink_metadata().is_ok() {
        std::fs::remove_file(link).with_context(|| link.display().to_string())?;
    }
    std::os::unix::fs::symlink(program, link).with_context(|| link.display().to_string())
}

/// Where kubectl is: on PATH.
pub(crate) fn kubectl_on_path() -> Option<PathBuf> {
    tool::find("kubectl").map(PathBuf::from)
}
