//! Without automatic failover (`--disable-autofail`) only the instance that was the primary may be one again.
//!
//! Patroni's own switch for that, `pause`, also keeps it from starting PostgreSQL and from making replicas. So the
//! others carry Patroni's tag `nofailover` instead: they follow, and do not run for the leader lock.

use std::fs;
use std::path::Path;

/// Whether the user wants automatic failover. An absent file means yes.
pub(crate) fn is_wanted(config: &Path) -> bool {
    fs::read_to_string(config.join("autofail")).map_or(true, |text| text.trim() != "false")
}

/// Whether this instance must not run for the lock. The volume, which may hang, is looked at only when it matters.
pub(crate) fn is_barred(
    wanted: bool,
    leader: Option<&str>,
    me: &str,
    volume: impl FnOnce() -> Volume,
) -> bool {
    !wanted
        && match leader {
            Some(leader) => leader != me,
            None => volume() == Volume::Follower,
        }
}

/// What the volume says about this instance's last role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volume {
    /// It was the primary, or may become the first one.
    Primary,
    /// It followed, or has to be made from another instance.
    Follower,
}

impl Volume {
    /// Looks at a data directory: that of a follower carries a signal file.
    pub(crate) fn of(data: &Path, may_bootstrap: bool) -> Self {
        let has = |name: &str| data.join(name).exists();
        let primary = if has("PG_VERSION") {
            !has("standby.signal")
        } else {
            may_bootstrap
        };
        if primary { Self::Primary } else { Self::Follower }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_automatic_failover_everybody_may_run() {
        assert!(!is_barred(true, Some("other"), "me", || Volume::Follower));
    }

    #[test]
    fn without_it_only_the_one_that_was_the_primary_may() {
        assert!(is_barred(false, Some("other"), "me", || Volume::Primary));
        assert!(is_barred(false, None, "me", || Volume::Follower));
        assert!(!is_barred(false, None, "me", || Volume::Primary));
        assert!(!is_barred(false, Some("me"), "me", || Volume::Follower));
    }

    #[test]
    fn a_volume_remembers_whose_it_was() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(Volume::of(data.path(), true), Volume::Primary);
        assert_eq!(Volume::of(data.path(), false), Volume::Follower);
        fs::write(data.path().join("PG_VERSION"), "17").unwrap();
        assert_eq!(Volume::of(data.path(), false), Volume::Primary);
        fs::write(data.path().join("standby.signal"), "").unwrap();
        assert_eq!(Volume::of(data.path(), true), Volume::Follower);
    }

    #[test]
    fn failover_is_automatic_unless_somebody_says_no() {
        let directory = tempfile::tempdir().unwrap();
        assert!(is_wanted(directory.path()));
        fs::write(directory.path().join("autofail"), "false\n").unwrap();
        assert!(!is_wanted(directory.path()));
    }
}
