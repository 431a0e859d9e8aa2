//! Watches Patroni and the postmaster while this instance holds the lock, by the rules of [`super::rules`].

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tracing::{debug, info};

use super::leader::View;
use super::patroni::Patroni;
use super::rules::{self, ANSWER, SHORTEST_ANSWER, Vacancy, Watchdog, silence};
use super::settings::Rules;
use crate::process;

/// Why a life has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Patroni made no progress for this long.
    Silent(Duration),
    /// The lock is held, but no postmaster runs.
    Vacant,
}

/// Whether a bootstrap or a callback said that this instance is the primary; the view of the lock may be late.
pub(crate) type PrimaryHint = watch::Receiver<u64>;

/// Watches until a verdict is reached, and sends it.
pub(crate) async fn watch(
    me: String,
    rules: Rules,
    patroni: Patroni,
    mut views: watch::Receiver<View>,
    mut hints: PrimaryHint,
    verdicts: mpsc::Sender<Verdict>,
) {
    let started = Instant::now();
    let mut watchdog = Watchdog::default();
    let mut vacancy = Vacancy::default();
    let mut hinted = false;
    loop {
        let (holds_lock, limit) = {
            let view = views.borrow_and_update();
            (
                view.leader.as_deref() == Some(&me),
                view.timing.map(silence).filter(|_| !view.paused),
            )
        };
        let suspect = holds_lock || hinted || watchdog.is_primary();
        if !suspect {
            watchdog.reset();
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return },
                changed = hints.changed() => { if changed.is_err() { return } hinted = true },
            }
            continue;
        }
        let pulse = Instant::now();
        // Asked for the last time, it may not answer past the limit.
        let left = watchdog
            .silent_for(started.elapsed())
            .zip(limit)
            .map(|(silent, limit)| limit.saturating_sub(silent));
        let answer = patroni
            .status(left.unwrap_or(ANSWER).clamp(SHORTEST_ANSWER, ANSWER))
            .await;
        if let Err(error) = &answer {
            debug!(%error, "Patroni does not answer");
        }
        // A hint holds until Patroni itself has spoken.
        hinted = hinted && answer.is_err();
        let now = started.elapsed();
        watchdog.observe(now, holds_lock, answer.as_ref().ok());
        let silent = watchdog.silent_for(now);
        // Without a configuration there is no cluster yet: Patroni is making one.
        if let (Some(silent), Some(limit)) = (silent, limit)
            && silent > limit
        {
            info!(
                ?silent,
                ?limit,
                enabled = rules.watchdog,
                "Patroni makes no progress"
            );
            if rules.watchdog {
                let _ = verdicts.send(Verdict::Silent(silent)).await;
                return;
            }
        }
        // A paused Patroni starts nothing, and nobody is promoted in its place.
        if vacancy.observe(
            now,
            holds_lock && limit.is_some(),
            !process::postmasters().is_empty(),
        ) {
            info!(
                enabled = rules.no_postmaster,
                "the lock is held here, but no postmaster runs"
            );
            if rules.no_postmaster {
                let _ = verdicts.send(Verdict::Vacant).await;
                return;
            }
        }
        tokio::time::sleep(rules::pulse(silent).saturating_sub(pulse.elapsed())).await;
    }
}
