//! Why a life ends, and what follows from a verdict of the guard.

use std::fmt;

use super::guard::Verdict;
use super::herald::Deed;
use crate::process::How;

/// Why a life ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Something that is needed could not be started.
    NotBegun,
    /// We were asked to stop. No life follows.
    Asked,
    /// Patroni ended by itself.
    Died(How),
    /// The guard reached a verdict.
    Condemned(Verdict),
}

/// What is left of PostgreSQL while it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It does not stop, or there are processes that could still commit.
    Dangerous,
    /// It stops, and what is left writes its last checkpoint, sends WAL or stores it away.
    Harmless,
}

impl End {
    /// What a verdict leads to; nothing means that the life goes on.
    ///
    /// `stopping` says what is left of PostgreSQL, if we were asked to stop. Patroni answers no questions then, and does
    /// not renew the lock while it waits for PostgreSQL, so a verdict comes after a few seconds. That must not begin
    /// another life in a container that has to go, nor cut off WAL on its way to replicas and the repository as long as
    /// nobody can commit.
    pub(crate) fn sentence(verdict: Verdict, stopping: Option<Rest>) -> Option<Self> {
        match (verdict, stopping) {
            (Verdict::Silent(_), Some(Rest::Harmless)) => None,
            (_, Some(_)) => Some(Self::Asked),
            (verdict, None) => Some(Self::Condemned(verdict)),
        }
    }

    pub(crate) fn deed(&self) -> Option<Deed> {
        match self {
            Self::NotBegun | Self::Asked => None,
            Self::Died(_) => Some(Deed::PatroniDied),
            Self::Condemned(Verdict::Silent(_)) => Some(Deed::PatroniHung),
            Self::Condemned(Verdict::Vacant) => Some(Deed::NoPostmaster),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun => write!(out, "Patroni could not be started"),
            Self::Asked => write!(out, "the container was asked to stop"),
            Self::Died(How::Exited(status)) => write!(out, "Patroni ended with status {status}"),
            Self::Died(How::Killed(signal)) => write!(out, "Patroni was killed by signal {signal}"),
            Self::Condemned(Verdict::Silent(time)) => write!(out, "Patroni made no progress for {time:.1?}"),
            Self::Condemned(Verdict::Vacant) => write!(out, "the leader lock was held without a postmaster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SILENT: Verdict = Verdict::Silent(Duration::from_secs(9));

    #[test]
    fn a_verdict_in_the_middle_of_a_life_ends_it_and_the_next_one_follows() {
        for verdict in [SILENT, Verdict::Vacant] {
            assert_eq!(End::sentence(verdict, None), Some(End::Condemned(verdict)));
        }
    }

    #[test]
    fn a_container_that_has_to_go_begins_no_other_life() {
        for verdict in [SILENT, Verdict::Vacant] {
            assert_eq!(End::sentence(verdict, Some(Rest::Dangerous)), Some(End::Asked));
        }
        assert_eq!(
            End::sentence(Verdict::Vacant, Some(Rest::Harmless)),
            Some(End::Asked)
        );
    }

    #[test]
    fn a_backlog_of_wal_is_stored_away_before_the_end() {
        assert_eq!(End::sentence(SILENT, Some(Rest::Harmless)), None);
    }

    #[test]
    fn an_end_is_told_in_a_sentence() {
        assert_eq!(
            End::Died(How::Killed(9)).to_string(),
            "Patroni was killed by signal 9"
        );
    }
}
