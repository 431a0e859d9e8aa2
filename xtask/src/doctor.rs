//! What this machine lacks, said at once and before anything is changed. Debian packages are installed when we may.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::{apt, paths, say, tool};

/// What somebody is about to do; each needs programs of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Compile and check.
    Check,
    /// Build images and push them to a registry.
    Images,
    /// Run the test bed.
    Bed,
}

/// A program or file and the Debian package that brings it.
type Need = (&'static str, &'static str);

const CHECK: &[Need] = &[
    ("cc", "gcc"),
    ("/usr/include/stdio.h", "libc6-dev"),
    ("shellcheck", "shellcheck"),
];
const IMAGES: &[Need] = &[
    ("mmdebstrap", "mmdebstrap"),
    ("skopeo", "skopeo"),
    (
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "debian-archive-keyring",
    ),
];
const BED: &[Need] = &[
    ("etcd", "etcd-server"),
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("docker-registry", "docker-registry"),
    ("catatonit", "catatonit"),
    ("iptables", "iptables"),
    ("ip", "iproute2"),
    ("conntrack", "conntrack"),
    ("mkfs.ext4", "e2fsprogs"),
    ("nsenter", "util-linux"),
    ("mount", "mount"),
    ("sysctl", "procps"),
    ("/usr/lib/cni/bridge", "containernetworking-plugins"),
];

/// Free disk for a first build of everything, and for any later one.
const FIRST_BUILD_GIB: u64 = 15;
const REBUILD_GIB: u64 = 3;

/// The Go release from which on the go tool fetches a newer toolchain by itself.
const OLDEST_GO: (u32, u32) = (1, 21);

/// Makes the machine ready, or says everything that stands in the way.
pub(crate) fn prepare(purposes: &[Purpose]) -> Result<()> {
    let root = rustix::process::geteuid().is_root();
    let mut complaints = Vec::new();
    if purposes.contains(&Purpose::Bed) && !root {
        complaints.push(
            "the test bed needs root: run this as root, or let KUBECONFIG name a cluster of your own and PGO_REGISTRY a \
             registry that you can push to and it can pull from"
                .to_owned(),
        );
    }
    complaints.extend(disk()?);
    if purposes.contains(&Purpose::Bed) || purposes.contains(&Purpose::Check) {
        complaints.extend(go());
    }
    let missing = missing(purposes, present);
    if !missing.is_empty() && (!root || !tool::exists("apt-get")) {
        let list = missing.iter().copied().collect::<Vec<_>>().join(" ");
        let who = if root {
            "install what these Debian packages bring"
        } else {
            "as root, run: apt-get install"
        };
        complaints.push(format!("programs are missing; {who} {list}"));
    }
    if !complaints.is_empty() {
        bail!("this machine is not ready:\n  - {}", complaints.join("\n  - "));
    }
    if !missing.is_empty() {
        apt::install(&missing)?;
    }
    Ok(())
}

/// `cargo xtask doctor`
pub(crate) fn run() -> Result<()> {
    prepare(&[Purpose::Check, Purpose::Images, Purpose::Bed])?;
    say::print("this machine has what it takes");
    Ok(())
}

fn missing(purposes: &[Purpose], present: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let builder = match paths::variable("IMGBUILDER").as_deref() {
        Some("podman") => ("podman", "podman"),
        Some("docker") => ("docker", "docker.io"),
        _ => ("buildah", "buildah"),
    };
    let mut needs: Vec<Need> = Vec::new();
    for purpose in purposes {
        needs.extend(match purpose {
            Purpose::Check => CHECK,
            Purpose::Images => IMAGES,
            Purpose::Bed => BED,
        });
        if *purpose == Purpose::Images {
            needs.push(builder);
        }
    }
    needs
        .into_iter()
        .filter(|(what, _)| !present(what))
        .map(|(_, package)| package)
        .collect()
}

/// Administrators' programs are in directories that are not in everybody's PATH.
fn present(what: &str) -> bool {
    if what.starts_with('/') {
        return Path::new(what).exists();
    }
    tool::exists(what)
        || ["/usr/sbin", "/sbin"]
            .iter()
            .any(|dir| Path::new(dir).join(what).is_file())
}

/// A complaint when the disk of the cache has too little room.
fn disk() -> Result<Option<String>> {
    let cache = paths::cache()?;
    let needed = if cache.join("images").exists() {
        REBUILD_GIB
    } else {
        FIRST_BUILD_GIB
    };
    let existing = cache
        .ancestors()
        .find(|dir| dir.exists())
        .unwrap_or(Path::new("/"));
    let free = free_gib(existing)?;
    Ok((free < needed).then(|| {
        format!(
            "{} has {free} GiB of free disk and the build needs {needed}: free some, or let XDG_CACHE_HOME name a \
             directory on a bigger disk",
            existing.display()
        )
    }))
}

fn free_gib(dir: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(dir)?;
    Ok((stat.f_bavail * stat.f_frsize) >> 30)
}

/// A complaint when there is no usable Go.
fn go() -> Option<String> {
    let Ok(said) = tool::Tool::new("go").arg("version").read() else {
        return Some(
            "there is no Go toolchain in PATH (the test bed builds Kubernetes with it): install Go 1.25 or newer, for \
             example under /usr/local/go, and put its bin directory into PATH"
                .to_owned(),
        );
    };
    match go_version(&said) {
        Some(found) if found >= OLDEST_GO => None,
        _ => Some(format!("«{}» is too old: install Go 1.25 or newer", said.trim())),
    }
}

/// The release that `go version` names: `go version go1.26.8 linux/amd64`.
fn go_version(said: &str) -> Option<(u32, u32)> {
    let word = said
        .split_whitespace()
        .find_map(|word| word.strip_prefix("go1."))?;
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    Some((1, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_machine_lacks_a_package_for_each_need() {
        let packages = missing(&[Purpose::Images, Purpose::Bed], |_| false);
        for package in [
            "mmdebstrap",
            "buildah",
            "etcd-server",
            "containernetworking-plugins",
        ] {
            assert!(packages.contains(package), "{package}");
        }
        assert!(!packages.contains("shellcheck"));
    }

    #[test]
    fn nothing_is_missing_where_everything_is() {
        assert!(missing(&[Purpose::Check, Purpose::Images, Purpose::Bed], |_| true).is_empty());
    }

    #[test]
    fn the_release_of_go_is_read() {
        assert_eq!(go_version("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(go_version("go version go1.22rc1 linux/arm64"), Some((1, 22)));
        assert_eq!(go_version("what?"), None);
    }
}
