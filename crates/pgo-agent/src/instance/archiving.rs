//! Notices when the primary's WAL is not archived. PostgreSQL keeps it then, until its volume is full and it stops.
//!
//! Failures alone say little: a push that waits for a repository has not failed yet, and one that failed once may have
//! succeeded since. So what counts is that files wait and none of them gets through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit};
use tokio::sync::watch;
use tracing::{info, warn};

use super::herald::{Deed, Herald};
use super::leader::View;
use super::notice::Notice;
use super::session::{Archiver, Session};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_secs(15);

/// The same as long as nothing gets through: the end of that is waited for.
const SHORT_PAUSE: Duration = Duration::from_secs(2);

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long files may wait before somebody has to know.
const LIMIT: Duration = Duration::from_mins(1);

/// How long it is not said again.
const QUIET: Duration = Duration::from_mins(10);

/// The longest reason, in characters: what a program says of its failure may be a page, and an event may not.
const LONGEST: usize = 500;

/// Why `archive-push` could not store a file.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) at: Instant,
    pub(crate) why: String,
}

/// Whom to ask and whom to tell.
pub(crate) struct Watch {
    pub(crate) me: String,
    pub(crate) session: Arc<Session>,
    pub(crate) views: watch::Receiver<View>,
    /// The last failure.
    pub(crate) failures: watch::Receiver<Option<Failure>>,
    pub(crate) herald: Herald,
    pub(crate) notice: Notice,
}

impl Watch {
    /// Watches for as long as the supervisor lives.
    pub(crate) async fn keep(mut self) {
        let began = Instant::now();
        let mut backlog = Backlog::default();
        let mut stuck_since = None;
        loop {
            tokio::time::sleep(backlog.pause()).await;
            let leads = self.views.borrow().leader.as_deref() == Some(&self.me);
            let archiver = if leads {
                self.session.archiver(PATIENCE).await
            } else {
                // Whoever leads now speaks for the cluster.
                self.notice.withdraw();
                stuck_since = None;
                None
            };
            match backlog.observe(began.elapsed(), archiver.as_ref()) {
                News::None => (),
                News::Stuck { waited, aloud } => {
                    let since = *stuck_since.get_or_insert_with(|| moment(waited));
                    let note = sentence(since, self.failures.borrow().as_ref(), waited);
                    self.notice.put_up(&note);
                    if aloud {
                        warn!(
                            waiting = archiver.map_or(0, |archiver| archiver.waiting),
                            "{note}"
                        );
                        self.herald.tell(Deed::ArchiveFailing, note);
                    }
                }
                News::Moving => {
                    info!("WAL is archived");
                    stuck_since = None;
                    self.notice.take_down();
                }
            }
            self.notice.show().await;
        }
    }
}

/// The time of the clock so long ago, to the second.
fn moment(ago: Duration) -> Timestamp {
    let then = Timestamp::now().checked_sub(ago).unwrap_or_default();
    then.round(Unit::Second).unwrap_or(then)
}

/// What there is to say when none of the files that wait was archived for so long.
fn sentence(since: Timestamp, failure: Option<&Failure>, waited: Duration) -> String {
    let why = failure.filter(|failure| failure.at.elapsed() <= waited).map_or(
        "the logs of the primary and of the repository say why",
        |failure| &failure.why,
    );
    let why: String = why.chars().take(LONGEST).collect();
    format!("No WAL has been archived since {since}: {why}")
}

/// How long files have been waiting in vain.
#[derive(Clone, Copy, Debug, Default)]
struct Backlog {
    /// How many files were archived when it was last known to go on, and when that was.
    progress: Option<(i64, Duration)>,
    /// When it was last said that it does not.
    told: Option<Duration>,
    state: State,
}

/// What is known of archiving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Moving,
    Stuck,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    /// Files wait, and for this long none got through. `aloud` unless that was said not long ago.
    Stuck {
        waited: Duration,
        aloud: bool,
    },
    /// It goes on, or is known to go on for the first time.
    Moving,
}

impl Backlog {
    fn pause(&self) -> Duration {
        match self.state {
            State::Stuck => SHORT_PAUSE,
            State::Unknown | State::Moving => PAUSE,
        }
    }

    /// Takes note of an answer; of none when this is not the primary, or PostgreSQL does not answer.
    fn observe(&mut self, now: Duration, archiver: Option<&Archiver>) -> News {
        let Some(archiver) = archiver else {
            self.progress = None;
            self.state = State::Unknown;
            return News::None;
        };
        let (before, since) = *self.progress.get_or_insert((archiver.archived, now));
        let was = self.state;
        // A count that has become smaller was begun anew.
        if archiver.waiting == 0 || archiver.archived != before {
            self.progress = Some((archiver.archived, now));
            self.state = State::Moving;
            return if was == State::Moving {
                News::None
            } else {
                News::Moving
            };
        }
        let waited = now.saturating_sub(since);
        if waited <= LIMIT {
            return News::None;
        }
        self.state = State::Stuck;
        let aloud = self.told.is_none_or(|told| now.saturating_sub(told) >= QUIET);
        if aloud {
            self.told = Some(now);
        }
        if aloud || was != State::Stuck {
            News::Stuck { waited, aloud }
        } else {
            News::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn says(archived: i64, waiting: i64) -> Archiver {
        Archiver { archived, waiting }
    }

    const fn stuck_for(seconds: u64, aloud: bool) -> News {
        let waited = at(seconds);
        News::Stuck { waited, aloud }
    }

    /// What is told by answers that come every 30 seconds.
    fn told(answers: impl IntoIterator<Item = impl Into<Option<Archiver>>>) -> Vec<(u64, News)> {
        let mut backlog = Backlog::default();
        (0..)
            .step_by(30)
            .zip(answers)
            .map(|(second, answer)| (second, backlog.observe(at(second), answer.into().as_ref())))
            .filter(|(_, news)| *news != News::None)
            .collect()
    }

    #[test]
    fn files_that_wait_in_vain_are_told_once_in_ten_minutes() {
        assert_eq!(
            told(vec![says(5, 1); 30]),
            [(90, stuck_for(90, true)), (690, stuck_for(690, true))]
        );
    }

    #[test]
    fn a_backlog_that_shrinks_and_an_idle_archiver_are_well_which_is_told_once() {
        assert_eq!(told((0..30).map(|n| says(n, 30 - n))), [(30, News::Moving)]);
        assert_eq!(told(vec![says(5, 0); 30]), [(0, News::Moving)]);
    }

    #[test]
    fn it_is_said_when_it_goes_on_and_not_soon_again_aloud_when_it_does_not() {
        let stuck = [says(5, 1), says(5, 1), says(5, 2), says(5, 3)];
        let again = [says(8, 0), says(8, 1), says(8, 1), says(8, 1), says(8, 1)];
        assert_eq!(
            told(stuck.into_iter().chain(again)),
            [
                (90, stuck_for(90, true)),
                (120, News::Moving),
                (210, stuck_for(90, false))
            ]
        );
    }

    #[test]
    fn a_failure_is_the_reason_if_nothing_was_archived_since() {
        let since = "2026-11-21T19:00:00Z".parse().unwrap();
        let failure = Failure {
            at: Instant::now().checked_sub(at(100)).unwrap(),
            why: "[104]: no space left".to_owned(),
        };
        assert_eq!(
            sentence(since, Some(&failure), at(110)),
            "No WAL has been archived since 2026-11-21T19:00:00Z: [104]: no space left"
        );
        for (failure, waited) in [(Some(&failure), at(90)), (None, at(90))] {
            assert!(sentence(since, failure, waited).ends_with("say why"));
        }
    }

    #[test]
    fn whoever_is_not_the_primary_has_no_backlog() {
        let waits = Some(says(5, 1));
        assert_eq!(told([waits, waits, None, waits, waits, waits]), []);
    }
}
