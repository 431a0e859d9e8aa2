//! The supervisor's judgement, without its hands: when has Patroni, or a primary, been silent for too long?
//!
//! All times are of a clock that only goes forward; the wall clock may jump and must not decide.

use std::time::Duration;

use pgo_postgres::patroni::dcs::Timing;

use super::patroni::Status;

/// How long one question may take.
pub(crate) const ANSWER: Duration = Duration::from_millis(900);

/// How long even the last question may take.
pub(crate) const SHORTEST_ANSWER: Duration = Duration::from_millis(100);

/// How long after a question the next one comes, while this instance holds the lock: sooner when it gets serious.
pub(crate) fn pulse(silent: Option<Duration>) -> Duration {
    let calm = silent.is_none_or(|silent| silent < Duration::from_secs(4));
    Duration::from_millis(if calm { 1000 } else { 300 })
}

/// How long a lock holder may be without a postmaster.
pub(crate) const WITHOUT_POSTMASTER: Duration = Duration::from_secs(15);

/// How long Patroni may make no progress while this instance may hold the lock.
///
/// Longer than the slowest round of a healthy Patroni (a pause, a read and a write of the lock that both need all
/// their time), so that a slow Kubernetes is not taken for a hang; and over before another instance can be promoted,
/// which takes `ttl` from the last renewal. The margin of a second is for finding out (a pulse) and for dying.
/// With our timing of 10/2/3 seconds this is 8.5 s.
pub(crate) fn silence(timing: Timing) -> Duration {
    let round = Duration::from_secs(u64::from(timing.loop_wait + 2 * timing.retry_timeout));
    let safe = Duration::from_secs(u64::from(timing.ttl)).saturating_sub(Duration::from_secs(1));
    (round + Duration::from_millis(500)).min(safe)
}

/// Follows Patroni's progress while this instance may be the primary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchdog {
    /// What Patroni said last, and when that was new.
    progress: Option<(Progress, Duration)>,
    /// Whether it is the primary, or may be.
    primary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Progress {
    last_seen: u64,
}

impl Watchdog {
    /// Takes note of an answer, or of none, and of whether this instance holds the lock.
    pub(crate) fn observe(&mut self, now: Duration, holds_lock: bool, answer: Option<&Status>) {
        self.primary = holds_lock || answer.map_or(self.primary, Status::is_primary);
        let Some(status) = answer else {
            // It may have frozen before it said anything.
            self.progress.get_or_insert((Progress { last_seen: 0 }, now));
            return;
        };
        let progress = Progress {
            last_seen: status.dcs_last_seen,
        };
        let moved = self.progress.is_none_or(|(before, _)| before != progress);
        // Cut off from Kubernetes, but in agreement with all members: that is progress of another kind.
        if moved || status.failsafe_mode_is_active {
            self.progress = Some((progress, now));
        }
    }

    /// Whether this instance may be the primary.
    pub(crate) fn is_primary(&self) -> bool {
        self.primary
    }

    /// For how long there was no progress, as far as this instance was the primary when it was last heard.
    pub(crate) fn silent_for(&self, now: Duration) -> Option<Duration> {
        let (_, since) = self.progress?;
        self.primary.then(|| now.saturating_sub(since))
    }

    /// Forgets everything: Patroni was started anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Notices a lock holder that has no postmaster, which Patroni may do for ever when it loses track of a start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Vacancy {
    since: Option<Duration>,
}

impl Vacancy {
    /// Takes note of what is seen, and says whether it has been so for too long.
    pub(crate) fn observe(&mut self, now: Duration, holds_lock: bool, has_postmaster: bool) -> bool {
        if !holds_lock || has_postmaster {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.saturating_sub(since) > WITHOUT_POSTMASTER
    }
}

/// How fast lives may follow each other.
///
/// A crash that comes once costs nothing; one that comes again and again waits longer and longer, and in the end the
/// container ends, so that Kubernetes counts it and shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lives {
    ends: Vec<Duration>,
}

/// What follows the end of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Begin anew after this time.
    Again(Duration),
    /// Let the container end.
    Exit,
}

impl Lives {
    /// Counts an end.
    pub(crate) fn ended(&mut self, now: Duration) -> Next {
        let window = Duration::from_mins(5);
        self.ends.retain(|end| now.saturating_sub(*end) < window);
        self.ends.push(now);
        match self.ends.len() {
            1 | 2 => Next::Again(Duration::ZERO),
            3 => Next::Again(Duration::from_secs(1)),
            4 => Next::Again(Duration::from_secs(3)),
            5 => Next::Again(Duration::from_secs(8)),
            _ => Next::Exit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(role: &str, last_seen: u64) -> Status {
        Status {
            role: role.to_owned(),
            dcs_last_seen: last_seen,
            ..Status::default()
        }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn our_timing_leaves_room_for_the_slowest_round_and_ends_before_a_successor_begins() {
        assert_eq!(silence(Timing::FAST), Duration::from_millis(8_500));
        assert_eq!(
            silence(Timing {
                ttl: 20,
                loop_wait: 2,
                retry_timeout: 5
            }),
            Duration::from_millis(12_500)
        );
    }

    #[test]
    fn safety_comes_before_patience_when_the_timing_is_tight() {
        assert_eq!(
            silence(Timing {
                ttl: 30,
                loop_wait: 10,
                retry_timeout: 10
            }),
            at(29)
        );
    }

    #[test]
    fn a_frozen_primary_is_silent_from_its_last_step() {
        let mut watchdog = Watchdog::default();
        watchdog.observe(at(1), false, Some(&says("primary", 100)));
        watchdog.observe(at(2), false, Some(&says("primary", 101)));
        watchdog.observe(at(3), false, Some(&says("primary", 101)));
        watchdog.observe(at(9), false, None);
        assert_eq!(watchdog.silent_for(at(10)), Some(at(8)));
    }

    #[test]
    fn a_clock_that_jumps_back_is_progress_once() {
        let mut watchdog = Watchdog::default();
        watchdog.observe(at(1), false, Some(&says("primary", 1000)));
        watchdog.observe(at(2), false, Some(&says("primary", 700)));
        assert_eq!(watchdog.silent_for(at(12)), Some(at(10)));
    }

    #[test]
    fn a_primary_in_failsafe_mode_is_not_silent() {
        let mut watchdog = Watchdog::default();
        watchdog.observe(at(1), false, Some(&says("primary", 100)));
        watchdog.observe(
            at(30),
            false,
            Some(&Status {
                failsafe_mode_is_active: true,
                ..says("primary", 100)
            }),
        );
        assert_eq!(watchdog.silent_for(at(31)), Some(at(1)));
    }

    #[test]
    fn a_replica_may_be_silent_for_ever() {
        let mut watchdog = Watchdog::default();
        watchdog.observe(at(1), false, Some(&says("replica", 100)));
        assert_eq!(watchdog.silent_for(at(1000)), None);
    }

    #[test]
    fn a_lock_holder_that_never_said_anything_is_silent_from_the_first_question() {
        let mut watchdog = Watchdog::default();
        watchdog.observe(at(5), true, None);
        assert_eq!(watchdog.silent_for(at(9)), Some(at(4)));
    }

    #[test]
    fn a_lock_holder_without_postmaster_is_given_time_to_start_one() {
        let mut vacancy = Vacancy::default();
        assert!(!vacancy.observe(at(0), true, false));
        assert!(!vacancy.observe(at(14), true, false));
        assert!(vacancy.observe(at(16), true, false));
        assert!(!vacancy.observe(at(17), true, true));
        assert!(!vacancy.observe(at(30), true, false));
    }

    #[test]
    fn the_first_crash_is_free_and_the_sixth_in_five_minutes_ends_the_container() {
        let mut lives = Lives::default();
        let next: Vec<Next> = (0..6).map(|n| lives.ended(at(n))).collect();
        assert_eq!(next[0], Next::Again(Duration::ZERO));
        assert_eq!(next[4], Next::Again(at(8)));
        assert_eq!(next[5], Next::Exit);
        assert_eq!(Lives::default().ended(at(1000)), Next::Again(Duration::ZERO));
    }
}
