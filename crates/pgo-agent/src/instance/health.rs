//! What the agent tells about its instance over HTTPS.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use pgo_postgres::pgbackrest::command::Target;
use tokio::sync::watch;
use tracing::{debug, info};

use super::errand::{self, Return};
use super::leader::{Leader, Release, View};
use super::patroni::Patroni;
use super::session::{Health, Session};
use super::settings::Settings;
use crate::https;

/// Longest time for the database to answer a probe.
const PATIENCE: Duration = Duration::from_millis(700);

/// A supervisor whose loop has not turned for this long is dead.
const PULSELESS: Duration = Duration::from_secs(5);

/// How long a replica may receive nothing from a primary that lives. A change of the leader takes a fraction of it.
const LEFT_BEHIND: Duration = Duration::from_secs(30);

/// Milliseconds before others are asked to hurry again. The probe comes every second; strangers may come more often.
const HURRY: u64 = 900;

/// What the supervisor leaves for the probes.
pub(crate) struct Signs {
    started: Instant,
    beat: AtomicU64,
    /// Whether Patroni runs.
    patroni: AtomicBool,
    /// Whether this replica was seen streaming, and the leader counting on it, since its PostgreSQL was last found down.
    joined: AtomicBool,
    /// The process that received WAL at the last look, or zero.
    receiver: AtomicI32,
    /// When one and the same process received WAL in two looks, last.
    followed: AtomicU64,
    /// When Patroni and the leader were last asked to hurry.
    hurried: AtomicU64,
}

impl Signs {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            beat: AtomicU64::new(0),
            patroni: AtomicBool::new(false),
            joined: AtomicBool::new(false),
            receiver: AtomicI32::new(0),
            followed: AtomicU64::new(0),
            hurried: AtomicU64::new(0),
        }
    }

    /// The supervisor's loop has turned.
    pub(crate) fn beat(&self) {
        self.beat.store(self.millis(), Ordering::Relaxed);
    }

    pub(crate) fn patroni_runs(&self, runs: bool) {
        self.patroni.store(runs, Ordering::Relaxed);
    }

    /// Whether others may be bothered now; says yes to one of those who ask at the same time.
    fn may_hurry(&self) -> bool {
        let (now, last) = (self.millis(), self.hurried.load(Ordering::Relaxed));
        now.saturating_sub(last) >= HURRY
            && self
                .hurried
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Takes note of the process that receives WAL. One that cannot write what it receives ends, and the next begins:
    /// only a process that lasts is proof that this replica follows.
    fn saw_receiver(&self, receiver: i32) {
        if receiver != 0 && self.receiver.swap(receiver, Ordering::Relaxed) == receiver {
            self.followed.store(self.millis(), Ordering::Relaxed);
        }
    }

    /// Takes note that the leader counts on this replica.
    fn join(&self) {
        self.followed.store(self.millis(), Ordering::Relaxed);
        self.joined.store(true, Ordering::Relaxed);
    }

    fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// How long ago this replica followed.
    fn behind(&self) -> Duration {
        Duration::from_millis(
            self.millis()
                .saturating_sub(self.followed.load(Ordering::Relaxed)),
        )
    }

    fn is_alive(&self) -> bool {
        let since = self.millis().saturating_sub(self.beat.load(Ordering::Relaxed));
        since < u64::try_from(PULSELESS.as_millis()).unwrap_or(u64::MAX)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// What the routes know.
pub(crate) struct Door {
    pub(crate) signs: Arc<Signs>,
    pub(crate) session: Arc<Session>,
    pub(crate) views: watch::Receiver<View>,
    pub(crate) me: String,
    /// The Service that leads to the leader.
    pub(crate) primary: String,
    pub(crate) patroni: Patroni,
    pub(crate) leader: Leader,
    pub(crate) target: Target,
}

/// What pgBackRest on the repository has to know about this instance.
pub(crate) fn target(settings: &Settings) -> Target {
    Target {
        path: settings.data().to_string_lossy().into_owned(),
        port: settings.port,
        socket_path: settings.places.tmp.to_string_lossy().into_owned(),
    }
}

/// The routes of an instance.
pub(crate) fn router(door: Arc<Door>) -> Router {
    let open = Router::new()
        .route("/readiness", get(readiness))
        .route("/liveness", get(liveness))
        .with_state(door.clone());
    let closed = Router::new()
        .route("/pgbackrest-target", get(pgbackrest_target))
        .route("/patroni-round", post(patroni_round))
        .route(errand::PATH, post(return_lock))
        .with_state(door);
    https::guarded(open, closed)
}

async fn liveness(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    if door.signs.is_alive() {
        (StatusCode::OK, "the supervisor turns\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the supervisor hangs\n")
    }
}

async fn readiness(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    let health = door.session.health(PATIENCE).await;
    let view = door.views.borrow().clone();
    let holds_lock = view.leader.as_deref() == Some(&door.me);
    let signs = &door.signs;
    match health {
        Some(Health::Replica { receiver: Some(_) }) if !signs.has_joined() => {
            if view.counts_on(&door.me) {
                signs.join();
            } else if signs.may_hurry() {
                hurry(&door);
            }
        }
        Some(Health::Replica { receiver }) => signs.saw_receiver(receiver.unwrap_or_default()),
        Some(Health::Primary) => (),
        None => signs.joined.store(false, Ordering::Relaxed),
    }
    match judge(
        health,
        signs.patroni.load(Ordering::Relaxed),
        holds_lock,
        signs.has_joined() && (signs.behind() < LEFT_BEHIND || !is_led(&view, Timestamp::now())),
    ) {
        Ok(why) => (StatusCode::OK, why),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

/// Has Patroni tell the others at once that this replica follows, and the leader count on it: each would do so at its
/// next round.
fn hurry(door: &Door) {
    let (patroni, primary) = (door.patroni.clone(), door.primary.clone());
    tokio::spawn(async move {
        let hurried = async {
            patroni.poke().await?;
            patroni.poke_leader(&primary).await
        };
        if let Err(error) = hurried.await {
            debug!(%error, "the leader will see this replica at its next round only");
        }
    });
}

/// Whether there is a leader that renews its lock, as far as clocks can be believed.
fn is_led(view: &View, now: Timestamp) -> bool {
    let is_recent = |renewed: Timestamp| renewed + LEFT_BEHIND > now;
    view.leader.is_some() && view.renewed.is_some_and(is_recent)
}

/// Whether clients may come here.
///
/// A replica has to follow the primary, as one that may take over; otherwise a cluster is not as it was asked to be.
/// When the primary is lost a replica stays ready, because it can be read.
fn judge(
    health: Option<Health>,
    patroni: bool,
    holds_lock: bool,
    follows: bool,
) -> Result<&'static str, &'static str> {
    match health {
        None => Err("PostgreSQL does not accept connections\n"),
        Some(_) if !patroni => Err("Patroni does not run\n"),
        Some(Health::Primary) if holds_lock => Ok("primary\n"),
        Some(Health::Primary) => Err("PostgreSQL writes, but this instance does not hold the lock\n"),
        Some(Health::Replica { .. }) if follows => Ok("replica\n"),
        Some(Health::Replica { .. }) => {
            Err("the replica does not follow the primary as one that may take over\n")
        }
    }
}

/// Only the lock holder answers: a backup of anything else is not what was asked for.
async fn pgbackrest_target(
    State(door): State<Arc<Door>>,
) -> Result<Json<Target>, (StatusCode, &'static str)> {
    if door.views.borrow().leader.as_deref() == Some(&door.me) {
        Ok(Json(door.target.clone()))
    } else {
        Err((StatusCode::CONFLICT, "this instance does not hold the lock\n"))
    }
}

/// A replica has come and wants to be counted on now.
async fn patroni_round(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    if door.views.borrow().leader.as_deref() != Some(&door.me) {
        return (StatusCode::CONFLICT, "this instance does not hold the lock\n");
    }
    match door.patroni.poke().await {
        Ok(()) => (StatusCode::OK, "Patroni's next round has begun\n"),
        Err(_) => (StatusCode::BAD_GATEWAY, "Patroni does not answer\n"),
    }
}

/// The leader is ending, and Kubernetes does not listen to it any more.
async fn return_lock(
    State(door): State<Arc<Door>>,
    Json(errand): Json<Return>,
) -> (StatusCode, &'static str) {
    match door.leader.release_for(&errand.holder, &errand.version).await {
        Ok(Release::Released) => {
            info!(
                holder = errand.holder,
                "gave the leader lock back, as its holder asked"
            );
            (StatusCode::OK, "the leader lock was given back\n")
        }
        Ok(Release::NotOurs) => (StatusCode::CONFLICT, "the leader lock is not as it was\n"),
        Err(_) => (StatusCode::BAD_GATEWAY, "Kubernetes does not answer\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_primary_without_the_lock_is_not_ready() {
        assert!(judge(Some(Health::Primary), true, true, false).is_ok());
        assert!(judge(Some(Health::Primary), true, false, false).is_err());
    }

    #[test]
    fn a_replica_is_ready_as_long_as_it_follows() {
        assert!(judge(Some(Health::Replica { receiver: None }), true, false, false).is_err());
        assert!(judge(Some(Health::Replica { receiver: None }), true, false, true).is_ok());
    }

    #[test]
    fn receiving_wal_again_and_again_for_a_moment_is_not_following() {
        let signs = Signs::new();
        std::thread::sleep(Duration::from_millis(20));
        for receiver in [7, 0, 8, 9] {
            signs.saw_receiver(receiver);
        }
        assert!(signs.behind() >= Duration::from_millis(20));
        signs.saw_receiver(9);
        assert!(signs.behind() < Duration::from_millis(20));
    }

    #[test]
    fn a_leader_that_no_longer_renews_its_lock_leads_nobody() {
        let renewed: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut view = View {
            leader: Some("hippo-1".to_owned()),
            renewed: Some(renewed),
            ..View::default()
        };
        assert!(is_led(&view, renewed + Duration::from_secs(9)));
        assert!(!is_led(&view, renewed + Duration::from_secs(31)));
        view.leader = None;
        assert!(!is_led(&view, renewed));
    }

    #[test]
    fn nothing_is_ready_without_postgresql_or_patroni() {
        assert!(judge(None, true, true, true).is_err());
        assert!(judge(Some(Health::Primary), false, true, true).is_err());
    }

    #[test]
    fn however_often_we_are_asked_others_are_bothered_once_a_second() {
        let signs = Signs::new();
        std::thread::sleep(Duration::from_millis(HURRY));
        assert_eq!((0..100).filter(|_| signs.may_hurry()).count(), 1);
    }

    #[test]
    fn a_supervisor_that_just_turned_is_alive() {
        let signs = Signs::new();
        signs.beat();
        assert!(signs.is_alive());
    }
}
