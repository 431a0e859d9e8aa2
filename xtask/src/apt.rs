//! Debian's packages: installing them here, and finding the archive that images are built from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::say::Step;
use crate::tool::Tool;

/// The Debian release that images are made of.
pub(crate) const SUITE: &str = "trixie";

/// While this file exists and says no, a package that is installed starts no service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Services that would come up with the machine, though only their programs are wanted.
const SERVICES: &[(&str, &str)] = &[
    ("containerd", "containerd"),
    ("etcd-server", "etcd"),
    ("docker-registry", "docker-registry"),
];

/// Settings of this machine's apt without which its archive cannot be used.
const CARRIED: &[&str] = &[
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::ForceIPv4",
];

/// Installs packages here, and starts none of the services they bring.
pub(crate) fn install(packages: &BTreeSet<&str>) -> Result<()> {
    let list = packages.iter().copied().collect::<Vec<_>>();
    let step = Step::begin(format!("installing {}", list.join(" ")));
    let _quiet = Quiet::keep()?;
    let apt = || {
        Tool::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("-qq")
    };
    apt()
        .arg("update")
        .run()
        .context("the package archive cannot be reached: check this machine's network and apt sources")?;
    apt()
        .args(["-y", "--no-install-recommends", "install"])
        .args(&list)
        .run()?;
    if Path::new("/run/systemd/system").exists() {
        for (_, service) in SERVICES.iter().filter(|(package, _)| packages.contains(package)) {
            Tool::new("systemctl")
                .args(["--quiet", "disable", service])
                .run()?;
        }
    }
    step.done("installed");
    Ok(())
}

/// Keeps services from being started while it lives, unless somebody else already decides about that.
struct Quiet(bool);

impl Quiet {
    fn keep() -> Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        if Path::new(POLICY).exists() {
            return Ok(Self(false));
        }
        fs::write(POLICY, "#!/bin/sh\nexit 101\n").context(POLICY)?;
        fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755)).context(POLICY)?;
        Ok(Self(true))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.0 {
            // What is left when this fails is harmless but unexpected; apt itself would tell.
            let _ = fs::remove_file(POLICY);
        }
    }
}

/// Where images get their packages from: this machine's own archive, asked for the images' release.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Archive {
    /// `sources.list` for the images' release.
    pub(crate) sources: String,
    /// Settings of apt.
    pub(crate) settings: String,
}

impl Archive {
    /// Reads this machine's sources. `PGO_DEBIAN_MIRROR` overrules them (for machines that are no Debian).
    pub(crate) fn find() -> Result<Self> {
        let mirrors = match crate::paths::variable("PGO_DEBIAN_MIRROR") {
            Some(mirror) => Mirrors {
                main: mirror,
                security: None,
            },
            None => Mirrors::parse(&own_sources()).context(
                "no Debian archive in /etc/apt: name one with PGO_DEBIAN_MIRROR (…://HOST/debian)",
            )?,
        };
        let dump = Tool::new("apt-config").arg("dump").read().unwrap_or_default();
        Ok(Self {
            sources: mirrors.sources(),
            settings: carried(&dump),
        })
    }

    /// Asks the archive for one small file, so that a machine without network hears of it before the work begins.
    pub(crate) fn check(&self) -> Result<()> {
        let address = self
            .sources
            .split_whitespace()
            .find(|word| word.contains("://"))
            .unwrap_or_default();
        let scratch = tempfile::tempdir()?;
        let release = Tool::new("/usr/lib/apt/apt-helper")
            .args([
                "-o",
                "Acquire::Retries=1",
                "-o",
                "Acquire::http::Timeout=15",
                "download-file",
            ])
            .arg(format!("{address}/dists/{SUITE}/Release"))
            .arg(scratch.path().join("Release"));
        if !release.succeeds() {
            bail!(
                "the package archive {address} cannot be reached: check this machine's network and apt sources, or name \
                 another Debian archive with PGO_DEBIAN_MIRROR"
            );
        }
        Ok(())
    }
}

/// The two addresses of Debian's archive.
#[derive(Debug, PartialEq, Eq)]
struct Mirrors {
    main: String,
    security: Option<String>,
}

impl Mirrors {
    /// Finds them among apt sources of either style.
    fn parse(sources: &str) -> Option<Self> {
        let addresses: Vec<&str> = sources
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"))
            .flat_map(str::split_whitespace)
            .filter(|word| word.contains("://"))
            .map(|address| address.trim_end_matches('/'))
            .collect();
        let ends_with = |end: &str| {
            addresses
                .iter()
                .find(|a| a.ends_with(end))
                .map(|a| (*a).to_owned())
        };
        Some(Self {
            main: ends_with("/debian")?,
            security: ends_with("/debian-security"),
        })
    }

    fn sources(&self) -> String {
        use std::fmt::Write as _;
        let main = &self.main;
        let mut text = format!("deb {main} {SUITE} main\ndeb {main} {SUITE}-updates main\n");
        if let Some(security) = &self.security {
            let _ = writeln!(text, "deb {security} {SUITE}-security main");
        }
        text
    }
}

fn own_sources() -> String {
    let mut text = fs::read_to_string("/etc/apt/sources.list").unwrap_or_default();
    let parts = fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten()
        .flatten();
    let mut files: Vec<_> = parts.map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        text.push('\n');
        text.push_str(&fs::read_to_string(file).unwrap_or_default());
    }
    text
}

/// The lines of `apt-config dump` that the images' apt needs as well.
fn carried(dump: &str) -> String {
    let wanted = |line: &&str| {
        line.split_once(' ')
            .is_some_and(|(key, value)| CARRIED.contains(&key) && value != "\"\";")
    };
    dump.lines()
        .filter(wanted)
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_both_styles_are_understood() {
        let found = Mirrors::parse(
            "Types: deb\n# http://old/debian\nURIs: http://a.example/debian/\nSuites: bookworm\n",
        );
        assert_eq!(
            found,
            Some(Mirrors {
                main: "http://a.example/debian".into(),
                security: None
            })
        );
        let found = Mirrors::parse(
            "deb [signed-by=/x.gpg] https://b.example/debian bookworm main\n\
             deb https://c.example/debian-security bookworm-security main\n\
             deb https://other.example/apt stable main\n",
        );
        let security = Some("https://c.example/debian-security".to_owned());
        assert_eq!(
            found,
            Some(Mirrors {
                main: "https://b.example/debian".into(),
                security
            })
        );
    }

    #[test]
    fn a_machine_without_debian_has_no_mirrors() {
        assert_eq!(
            Mirrors::parse("deb http://archive.example/ubuntu noble main"),
            None
        );
    }

    #[test]
    fn the_images_release_is_asked_for() {
        let mirrors = Mirrors {
            main: "http://a/debian".into(),
            security: Some("http://a/debian-security".into()),
        };
        assert_eq!(
            mirrors.sources(),
            "deb http://a/debian trixie main\ndeb http://a/debian trixie-updates main\n\
             deb http://a/debian-security trixie-security main\n"
        );
    }

    #[test]
    fn only_the_settings_of_the_archive_are_carried_along() {
        let dump =
            "APT::Architecture \"amd64\";\nAcquire::Check-Date \"false\";\nAcquire::http::Proxy \"\";\n";
        assert_eq!(carried(dump), "Acquire::Check-Date \"false\";\n");
    }
}
