//! Notices when the primary's WAL is not archived. PostgreSQL keeps it then, until its volume is full and it stops.
//!
//! Failures alone say little: a push that waits for a repository has not failed yet, and one that failed once may have
//! succeeded since. So what counts is that files wait and none of them gets through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{info, warn};

use super::herald::{Deed, Herald};
use super::leader::View;
use super::session::{Archiver, Session};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_secs(15);

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long files may wait before somebody has to know.
const LIMIT: Duration = Duration::from_mins(1);

/// How long it is not said again.
const QUIET: Duration = Duration::from_mins(10);

/// Watches for as long as the supervisor lives.
pub(crate) async fn watch(me: String, session: Arc<Session>, views: watch::Receiver<View>, herald: Herald) {
    let began = Instant::now();
    let mut backlog = Backlog::default();
    loop {
        tokio::time::sleep(PAUSE).await;
        let leads = views.borrow().leader.as_deref() == Some(&me);
        let archiver = if leads {
            session.archiver(PATIENCE).await
        } else {
            None
        };
        match backlog.observe(began.elapsed(), archiver.as_ref()) {
            News::None => (),
            News::Stuck(time) => {
                let waiting = archiver.map_or(0, |archiver| archiver.waiting);
                warn!(?time, waiting, "WAL is not archived");
                let note = format!(
                    "no WAL was archived for {} s and {waiting} files wait: the log of this pod and that of the \
                     repository say why",
                    time.as_secs()
                );
                herald.tell(Deed::ArchiveFailing, note);
            }
            News::Moving => info!("WAL is archived again"),
        }
    }
}

/// How long files have been waiting in vain.
#[derive(Clone, Copy, Debug, Default)]
struct Backlog {
    /// How many files were archived when it was last known to go on, and when that was.
    progress: Option<(i64, Duration)>,
    /// When it was last said that it does not.
    told: Option<Duration>,
    /// Whether it is known not to go on.
    stuck: bool,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    /// Files wait, and for this long none got through.
    Stuck(Duration),
    /// It goes on.
    Moving,
}

impl Backlog {
    /// Takes note of an answer; of none when this is not the primary, or PostgreSQL does not answer.
    fn observe(&mut self, now: Duration, archiver: Option<&Archiver>) -> News {
        let Some(archiver) = archiver else {
            self.progress = None;
            self.stuck = false;
            return News::None;
        };
        let (before, since) = *self.progress.get_or_insert((archiver.archived, now));
        // A count that has become smaller was begun anew.
        if archiver.waiting == 0 || archiver.archived != before {
            self.progress = Some((archiver.archived, now));
            return if std::mem::take(&mut self.stuck) {
                News::Moving
            } else {
                News::None
            };
        }
        let waited = now.saturating_sub(since);
        self.stuck |= waited > LIMIT;
        if self.stuck && self.told.is_none_or(|told| now.saturating_sub(told) >= QUIET) {
            self.told = Some(now);
            return News::Stuck(waited);
        }
        News::None
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
            [(90, News::Stuck(at(90))), (690, News::Stuck(at(690)))]
        );
    }

    #[test]
    fn a_backlog_that_shrinks_and_an_idle_archiver_are_well() {
        assert_eq!(told((0..30).map(|n| says(n, 30 - n))), []);
        assert_eq!(told(vec![says(5, 0); 30]), []);
    }

    #[test]
    fn it_is_said_when_it_goes_on_and_not_soon_again_when_it_does_not() {
        let stuck = [says(5, 1), says(5, 1), says(5, 2), says(5, 3)];
        let again = [says(8, 0), says(8, 1), says(8, 1), says(8, 1), says(8, 1)];
        assert_eq!(
            told(stuck.into_iter().chain(again)),
            [(90, News::Stuck(at(90))), (120, News::Moving)]
        );
    }

    #[test]
    fn whoever_is_not_the_primary_has_no_backlog() {
        let waits = Some(says(5, 1));
        assert_eq!(told([waits, waits, None, waits, waits, waits]), []);
    }
}
