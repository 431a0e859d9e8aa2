//! Without automatic failover (`--disable-autofail`) only the instance that was the primary may be one again.
//!
//! Patroni's own switch for that, `pause`, also keeps it from starting PostgreSQL and from making replicas. So the
//! others carry Patroni's tag `nofailover` instead: they follow, and do not run for the leader lock.

use std::fs;
use std::io;
use std::path::Path;

/// Whether the user wants automatic failover. An absent file means yes.
pub(crate) fn is_wanted(config: &Path) -> bool {
    fs::read_to_string(config.join("autofail")).map_or(true, |text| text.trim() != "false")
}

/// Whether this instance must not run for the lock, given whether it was so before.
///
/// While there is no leader nothing changes: Patroni starts even the last primary as a follower first.
pub(crate) fn is_barred(wanted: bool, leader: Option<&str>, me: &str, before: bool) -> bool {
    !wanted && leader.map_or(before, |leader| leader != me)
}

/// The file on the volume that says that this instance was the last primary.
const MARKER: &str = ".pgo-agent.primary";

/// Whether the volume says that this instance was the last primary, or may become the first one.
pub(crate) fn was_primary(volume: &Path, data: &Path, may_bootstrap: bool) -> bool {
    let has = |name: &str| data.join(name).exists();
    volume.join(MARKER).exists()
        || if has("PG_VERSION") {
            !has("standby.signal")
        } else {
            may_bootstrap
        }
}

/// Notes on the volume whether this instance is the primary.
pub(crate) fn note(volume: &Path, primary: bool) -> io::Result<()> {
    let marker = volume.join(MARKER);
    if primary {
        return fs::write(marker, "");
    }
    match fs::remove_file(marker) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_automatic_failover_everybody_may_run() {
        assert!(!is_barred(true, Some("other"), "me", true));
    }

    #[test]
    fn without_it_only_the_one_that_was_the_primary_may() {
        assert!(is_barred(false, Some("other"), "me", false));
        assert!(!is_barred(false, Some("me"), "me", true));
    }

    #[test]
    fn while_there_is_no_leader_nothing_changes() {
        assert!(is_barred(false, None, "me", true));
        assert!(!is_barred(false, None, "me", false));
    }

    #[test]
    fn a_volume_remembers_whose_it_was() {
        let volume = tempfile::tempdir().unwrap();
        let data = volume.path().join("hippo");
        fs::create_dir(&data).unwrap();
        let was = |may_bootstrap| was_primary(volume.path(), &data, may_bootstrap);
        assert!(was(true) && !was(false));
        fs::write(data.join("PG_VERSION"), "17").unwrap();
        assert!(was(false));
        // Patroni starts a primary as a follower first; killed then, it was the primary all the same.
        note(volume.path(), true).unwrap();
        fs::write(data.join("standby.signal"), "").unwrap();
        assert!(was(false));
        note(volume.path(), false).unwrap();
        assert!(!was(true));
    }

    #[test]
    fn failover_is_automatic_unless_somebody_says_no() {
        let directory = tempfile::tempdir().unwrap();
        assert!(is_wanted(directory.path()));
        fs::write(directory.path().join("autofail"), "false\n").unwrap();
        assert!(!is_wanted(directory.path()));
    }
}
