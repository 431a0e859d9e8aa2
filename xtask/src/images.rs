//! Container images: built only when what goes into them has changed, pushed only when the registry lacks them.
//!
//! An image's tag ends in a digest of its inputs. Nodes keep what they have pulled, so a changed image must have another
//! name; and a name that the registry knows needs no work at all, which is what makes a second `up` fast.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::apt::{Archive, SUITE};
use crate::say::{Step, progress};
use crate::tool::Tool;
use crate::{build, paths, say};

mod builder;
mod recipe;

use builder::{Builder, pushed};
use recipe::Prepared;

/// What is in the images, as every 4.2 tag ends.
const PRODUCT: &str = "4.2.0";

/// The layer that knows PostgreSQL's version.
const POSTGRES: &str = "postgres";

/// A place that images are pushed to and pulled from.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    /// Host, port and path before an image's name.
    pub(crate) prefix: String,
    /// Whether it speaks plain HTTP.
    pub(crate) plain: bool,
}

/// The tags that were pushed, by image name.
pub(crate) struct Published {
    pub(crate) prefix: String,
    pub(crate) tags: BTreeMap<&'static str, String>,
}

/// Builds the layers that need no program of ours. May run while the programs compile.
pub(crate) fn layers() -> Result<()> {
    let works = Works::open()?;
    all(None)?.iter().try_for_each(|layer| works.ensure(layer))
}

/// Fails at once where a build would find after a while that Debian's archive is out of reach.
pub(crate) fn preflight() -> Result<()> {
    let works = Works::open()?;
    if all(None)?.iter().all(|layer| works.known(layer)) {
        return Ok(());
    }
    Archive::find()?.check()
}

/// Makes the registry have the image of every program in `programs`.
pub(crate) fn publish(registry: &Registry, programs: &Path) -> Result<Published> {
    let step = Step::begin("images");
    let works = Works::open()?;
    let all = all(Some(programs))?;
    let mut tags = BTreeMap::new();
    let mut fresh = 0;
    for image in all.iter().filter(|prepared| prepared.recipe.program.is_some()) {
        let tag = format!("{}-{}", works.version(&all, image)?, image.digest);
        let reference = format!("{}/{}:{tag}", registry.prefix, image.recipe.name);
        if !pushed(&reference, registry.plain) {
            works.ensure_with_parents(&all, image)?;
            works
                .builder
                .push(&image.local(), &reference, registry.plain)
                .with_context(|| {
                    format!(
                        "{} cannot be pushed to the registry {}",
                        image.recipe.name, registry.prefix
                    )
                })?;
            works.builder.prune(image.recipe.name, &image.local())?;
            works.say_size(image)?;
            fresh += 1;
        }
        tags.insert(image.recipe.name, tag);
    }
    step.done(format_args!("{fresh} pushed, {} unchanged", tags.len() - fresh));
    Ok(Published {
        prefix: registry.prefix.clone(),
        tags,
    })
}

/// `cargo xtask images`: builds all of them and prints their sizes.
pub(crate) fn run(push: Option<Registry>, fresh: bool) -> Result<()> {
    if fresh {
        renew()?;
    }
    layers()?;
    let programs = build::programs()?;
    if let Some(registry) = push {
        let published = publish(&registry, &programs)?;
        for (name, tag) in &published.tags {
            say::print(format_args!("{}/{name}:{tag}", published.prefix));
        }
        return Ok(());
    }
    let works = Works::open()?;
    let all = all(Some(&programs))?;
    for image in &all {
        works.ensure(image)?;
        let size = megabytes(works.builder.size(&image.local())?);
        say::print(format_args!(
            "{:20} {size:>8}  {}",
            image.recipe.name,
            image.local()
        ));
    }
    Ok(())
}

/// Declares everything that was built so far to be old, so that today's Debian packages are taken.
fn renew() -> Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let file = edition_file()?;
    fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    fs::write(&file, now.as_secs().to_string()).with_context(|| file.display().to_string())
}

fn edition_file() -> Result<PathBuf> {
    Ok(paths::cache()?.join("images/edition"))
}

/// Where images are made.
struct Works {
    builder: Builder,
    /// Build contexts, and what is known about layers that were built.
    scratch: PathBuf,
}

impl Works {
    fn open() -> Result<Self> {
        let scratch = paths::cache()?.join("images");
        fs::create_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
        Ok(Self {
            builder: Builder::choose()?,
            scratch,
        })
    }

    /// Whether this layer was built before, without asking the builder.
    fn known(&self, layer: &Prepared) -> bool {
        self.note(layer).exists()
    }

    fn note(&self, prepared: &Prepared) -> PathBuf {
        self.scratch
            .join(format!("{}-{}.built", prepared.recipe.name, prepared.digest))
    }

    fn ensure_with_parents(&self, all: &[Prepared], image: &Prepared) -> Result<()> {
        if let Some(parent) = parent(all, image) {
            self.ensure_with_parents(all, parent)?;
        }
        self.ensure(image)
    }

    /// Builds an image or layer, unless the builder has it.
    fn ensure(&self, prepared: &Prepared) -> Result<()> {
        let image = prepared.local();
        if self.builder.has(&image) {
            return Ok(());
        }
        let name = prepared.recipe.name;
        let step = Step::begin(format!("building {name}"));
        let context = self.stage(prepared)?;
        let from = prepared
            .recipe
            .from
            .map(|from| parent_image(from, prepared))
            .transpose()?;
        self.builder
            .build(context.path(), from.as_deref(), &image)
            .with_context(|| format!("image {name}"))?;
        if prepared.recipe.program.is_none() {
            let version = if name == POSTGRES {
                self.postgres_version(&image)?
            } else {
                String::new()
            };
            fs::write(self.note(prepared), version)?;
            self.builder.prune(name, &image)?;
        }
        step.done("built");
        Ok(())
    }

    /// The build context: the folder of the recipe, the program, and how to reach Debian's archive.
    fn stage(&self, prepared: &Prepared) -> Result<tempfile::TempDir> {
        let context = tempfile::tempdir_in(&self.scratch).context("a build context")?;
        for (name, source) in &prepared.files {
            let executable = prepared
                .recipe
                .program
                .is_some_and(|program| name == Path::new(program));
            place(
                context.path(),
                name,
                &fs::read(source)?,
                if executable { 0o755 } else { 0o644 },
            )?;
        }
        if prepared.recipe.program.is_none() {
            let archive = Archive::find()?;
            place(
                context.path(),
                "apt.list".as_ref(),
                archive.sources.as_bytes(),
                0o644,
            )?;
            place(
                context.path(),
                "apt.conf".as_ref(),
                archive.settings.as_bytes(),
                0o644,
            )?;
        }
        if prepared.recipe.from.is_none() {
            root_file_system(context.path())?;
        }
        Ok(context)
    }

    /// The first part of an image's tag: the Debian release, PostgreSQL's version where it is in it, and ours.
    fn version(&self, all: &[Prepared], image: &Prepared) -> Result<String> {
        let Some(postgres) = parent(all, image).filter(|parent| parent.recipe.name == POSTGRES) else {
            return Ok(format!("{SUITE}-{PRODUCT}"));
        };
        if !self.known(postgres) {
            self.ensure_with_parents(all, postgres)?;
        }
        if !self.known(postgres) {
            // Somebody removed the notes and kept the images.
            fs::write(self.note(postgres), self.postgres_version(&postgres.local())?)?;
        }
        let version = fs::read_to_string(self.note(postgres))?;
        Ok(format!("{SUITE}-{version}-{PRODUCT}"))
    }

    fn postgres_version(&self, image: &str) -> Result<String> {
        let said = self
            .builder
            .ask(image, &["/usr/lib/postgresql/17/bin/postgres", "--version"])?;
        version_in(&said).with_context(|| format!("PostgreSQL says «{}» for its version", said.trim()))
    }

    fn say_size(&self, image: &Prepared) -> Result<()> {
        let size = megabytes(self.builder.size(&image.local())?);
        progress(format_args!("  {}: {size}", image.recipe.name));
        Ok(())
    }
}

/// The recipes with what goes into them today.
fn all(programs: Option<&Path>) -> Result<Vec<Prepared>> {
    let edition = fs::read_to_string(edition_file()?).unwrap_or_default();
    recipe::prepare(&paths::checkout().join("images"), programs, edition.trim())
}

fn parent<'a>(all: &'a [Prepared], image: &Prepared) -> Option<&'a Prepared> {
    all.iter()
        .find(|candidate| Some(candidate.recipe.name) == image.recipe.from)
}

/// The local name of what a recipe is built on.
fn parent_image(from: &str, prepared: &Prepared) -> Result<String> {
    let layers = all(None)?;
    let parent = layers.iter().find(|layer| layer.recipe.name == from);
    Ok(parent
        .with_context(|| format!("{} is built on {from}, which is no layer", prepared.recipe.name))?
        .local())
}

/// Debian's smallest system with apt, as a tarball in the build context.
fn root_file_system(context: &Path) -> Result<()> {
    Tool::new("mmdebstrap")
        .args(["--quiet", "--variant=minbase", "--include=ca-certificates"])
        .arg(format!("--dpkgopt={}", context.join("excluded").display()))
        .arg(format!("--aptopt={}", context.join("apt.conf").display()))
        // Which mirror this machine uses is nobody's concern who runs the image.
        .arg(r#"--customize-hook=rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/apt.conf.d/99mmdebstrap"#)
        .arg(SUITE)
        .arg(context.join("rootfs.tar"))
        .arg(context.join("apt.list"))
        .run()
        .context("Debian's packages cannot be fetched and unpacked")
}

fn place(root: &Path, name: &Path, content: &[u8], mode: u32) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let path = root.join(name);
    let folder = path.parent().context("a file has a folder")?;
    fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    fs::write(&path, content).with_context(|| path.display().to_string())?;
    // Whatever the checkout's modes are: the image must not depend on somebody's umask.
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// `postgres (PostgreSQL) 17.12 (Debian …)`
fn version_in(said: &str) -> Option<String> {
    let version = said.split(") ").nth(1)?.split_whitespace().next()?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| version.to_owned())
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_postgresql_is_read() {
        let said = "postgres (PostgreSQL) 17.12 (Debian 17.12-0+deb13u1)\n";
        assert_eq!(version_in(said).as_deref(), Some("17.12"));
        assert_eq!(version_in("something else"), None);
    }

    #[test]
    fn a_context_is_readable_whatever_the_umask() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        place(dir.path(), "a/b/c".as_ref(), b"x", 0o644).unwrap();
        let mode = |path: &str| dir.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("a"), mode("a/b"), mode("a/b/c")), (0o755, 0o755, 0o644));
    }
}
