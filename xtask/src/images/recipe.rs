//! What images there are, what each is made of, and the name that says exactly that.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// One image, or a layer that images share.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Its name, and the name of its folder.
    pub(crate) name: &'static str,
    /// What it is built on.
    pub(crate) from: Option<&'static str>,
    /// The program of ours in it. What has one is an image; what has none is a layer.
    pub(crate) program: Option<&'static str>,
}

/// All of them, each after what it is built on.
pub(crate) const RECIPES: [Recipe; 8] = [
    Recipe {
        name: "base",
        from: None,
        program: None,
    },
    Recipe {
        name: "pgbackrest",
        from: Some("base"),
        program: None,
    },
    Recipe {
        name: "postgres",
        from: Some("pgbackrest"),
        program: None,
    },
    Recipe {
        name: "crunchy-postgres-ha",
        from: Some("postgres"),
        program: Some("pgo-agent"),
    },
    Recipe {
        name: "pgo-backrest-repo",
        from: Some("pgbackrest"),
        program: Some("pgo-agent"),
    },
    Recipe {
        name: "postgres-operator",
        from: Some("base"),
        program: Some("postgres-operator"),
    },
    Recipe {
        name: "pgo-apiserver",
        from: Some("base"),
        program: Some("pgo-apiserver"),
    },
    Recipe {
        name: "pgo-client",
        from: Some("base"),
        program: Some("pgo"),
    },
];

/// A recipe whose inputs were read: the same inputs have the same digest on every machine.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) recipe: &'static Recipe,
    /// Digest of everything that goes into it, what it is built on included.
    pub(crate) digest: String,
    /// Name and content source of every file of its build context.
    pub(crate) files: BTreeMap<PathBuf, PathBuf>,
}

impl Prepared {
    /// The image's name in the builder's own storage.
    pub(crate) fn local(&self) -> String {
        format!("localhost/{}:{}", self.recipe.name, self.digest)
    }
}

/// Reads the inputs of the layers that need no program of ours; of all recipes when the programs are there. `edition` is
/// whatever else decides about the content, such as the date of the last deliberate renewal.
pub(crate) fn prepare(images: &Path, programs: Option<&Path>, edition: &str) -> Result<Vec<Prepared>> {
    let mut digests: BTreeMap<&str, String> = BTreeMap::new();
    let mut all = Vec::new();
    for recipe in RECIPES
        .iter()
        .filter(|recipe| recipe.program.is_none() || programs.is_some())
    {
        let mut files = files_below(&images.join(recipe.name))?;
        files.insert("install".into(), images.join("base/install"));
        if let Some((program, folder)) = recipe.program.zip(programs) {
            files.insert(program.into(), folder.join(program));
        }
        let mut sum = Sha256::new();
        sum.update(edition);
        sum.update(recipe.from.map_or("", |from| digests[from].as_str()));
        for (name, source) in &files {
            let content = fs::read(source).with_context(|| source.display().to_string())?;
            sum.update(format!("\n{} {}\n", name.display(), content.len()));
            sum.update(content);
        }
        let digest = hex(&sum.finalize()[..6]);
        digests.insert(recipe.name, digest.clone());
        all.push(Prepared {
            recipe,
            digest,
            files,
        });
    }
    Ok(all)
}

fn files_below(folder: &Path) -> Result<BTreeMap<PathBuf, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_owned(), path);
            }
        }
    }
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of recipes and one of programs, each with the least that is read.
    fn world() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for recipe in &RECIPES {
            let folder = dir.path().join("images").join(recipe.name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("Containerfile"), recipe.name).unwrap();
            fs::write(dir.path().join(recipe.program.unwrap_or("unused")), "1").unwrap();
        }
        fs::write(dir.path().join("images/base/install"), "install").unwrap();
        dir
    }

    fn digests(dir: &tempfile::TempDir, edition: &str) -> BTreeMap<&'static str, String> {
        let all = prepare(&dir.path().join("images"), Some(dir.path()), edition).unwrap();
        all.into_iter()
            .map(|prepared| (prepared.recipe.name, prepared.digest))
            .collect()
    }

    #[test]
    fn every_recipe_comes_after_what_it_is_built_on() {
        let position = |name| RECIPES.iter().position(|recipe| recipe.name == name).unwrap();
        for (index, recipe) in RECIPES.iter().enumerate() {
            assert!(
                recipe.from.is_none_or(|from| position(from) < index),
                "{}",
                recipe.name
            );
        }
    }

    #[test]
    fn the_same_inputs_have_the_same_names() {
        assert_eq!(digests(&world(), ""), digests(&world(), ""));
    }

    #[test]
    fn another_program_renames_only_the_images_that_hold_it() {
        let dir = world();
        let before = digests(&dir, "");
        fs::write(dir.path().join("pgo-agent"), "2").unwrap();
        let after = digests(&dir, "");
        let changed: Vec<_> = before
            .keys()
            .filter(|name| before[*name] != after[*name])
            .copied()
            .collect();
        assert_eq!(changed, ["crunchy-postgres-ha", "pgo-backrest-repo"]);
    }

    #[test]
    fn another_base_renames_everything_and_so_does_another_edition() {
        let dir = world();
        let before = digests(&dir, "");
        assert!(
            digests(&dir, "2026-01-01")
                .iter()
                .all(|(name, digest)| before[name] != *digest)
        );
        fs::write(dir.path().join("images/base/Containerfile"), "other").unwrap();
        assert!(
            digests(&dir, "")
                .iter()
                .all(|(name, digest)| before[name] != *digest)
        );
    }
}
