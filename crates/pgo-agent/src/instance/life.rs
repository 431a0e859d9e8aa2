//! One life: from the start of Patroni to its end, whatever that is.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tracing::{debug, info, warn};

use super::Instance;
use super::archiving::Failure;
use super::birth::Birth;
use super::branch;
use super::end::{End, Rest};
use super::guard::{self, Verdict};
use super::half_born;
use super::handover::Handover;
use super::health::Signs;
use super::herald::Deed;
use super::settings::Settings;
use super::socket::{Answer, Request};
use crate::children::Child;
use crate::helper::postmaster_state;
use crate::process::{self, Ended, How};
use pgo_postgres::pgbackrest::command;

/// Pause before `pgbackrest server` is started again.
const SERVER_PAUSE: Duration = Duration::from_secs(1);

/// How long Patroni gets to stop PostgreSQL in order. Below the pod's own grace period.
const STOP_PATIENCE: Duration = Duration::from_secs(50);

/// A running Patroni and what runs beside it.
pub(crate) struct Life<'a> {
    instance: &'a mut Instance,
    patroni: Child,
    server: Server,
    birth: Option<Birth>,
    verdicts: mpsc::Receiver<Verdict>,
    guard: JoinHandle<()>,
    /// Backends that were killed and not yet reaped.
    orphans: HashSet<i32>,
}

/// `pgbackrest server`, or when it will be started again.
enum Server {
    Running(Child),
    Due(Instant),
}

/// The signals that the supervisor hears. One that comes before somebody listens is not lost.
pub(crate) struct Ears {
    child: Signals,
    pub(crate) term: Signals,
    int: Signals,
    hup: Signals,
}

impl Ears {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            child: signal(SignalKind::child())?,
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }
}

impl<'a> Life<'a> {
    /// Starts everything.
    pub(crate) async fn begin(instance: &'a mut Instance) -> anyhow::Result<Self> {
        let settings = &instance.settings;
        clear_stale(settings);
        // Making a directory takes longer than asking Kubernetes, so it begins first; unless one is in the way.
        let mut birth = Birth::begin_if_due(settings, &instance.rendered, &instance.children)?;
        visibly(&instance.signs, half_born::clear(&instance.client, settings)).await;
        if birth.is_none() {
            birth = Birth::begin_if_due(settings, &instance.rendered, &instance.children)?;
        }
        // Who starts reads the newest certificates, and does not yet expect to be told of newer ones.
        instance.identity.mark_unchanged();
        let patroni = instance.children.spawn(&mut patroni_command(instance))?;
        info!(pid = patroni.pid, "Patroni was started");
        instance.signs.patroni_runs(true);
        let server = start_server(instance);
        let (sender, verdicts) = mpsc::channel(1);
        let guard = tokio::spawn(guard::watch(
            settings.pod.clone(),
            settings.rules,
            instance.patroni.clone(),
            instance.views.clone(),
            instance.hints.subscribe(),
            sender,
        ));
        Ok(Self {
            instance,
            patroni,
            server,
            birth,
            verdicts,
            guard,
            orphans: HashSet::new(),
        })
    }

    /// Lasts until the end.
    pub(crate) async fn last(mut self) -> End {
        let end = self.watch().await;
        self.guard.abort();
        if let Server::Running(server) = &self.server {
            process::signal(server.pid, Signal::TERM);
        }
        end
    }

    async fn watch(&mut self) -> End {
        let mut beat = interval(Duration::from_secs(1));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop_by: Option<Instant> = None;
        let mut patroni_runs = true;
        // Children that ended before we listened.
        self.reap();
        loop {
            let server_due = match &self.server {
                Server::Due(at) => Some(*at),
                Server::Running(_) => None,
            };
            tokio::select! {
                biased;
                how = &mut self.patroni.end, if patroni_runs => {
                    patroni_runs = false;
                    if stop_by.is_none() {
                        return End::Died(how.unwrap_or(How::Exited(-1)));
                    }
                    if !self.stores_away() {
                        return End::Asked;
                    }
                }
                _ = self.instance.ears.child.recv() => {
                    self.reap();
                    if !patroni_runs && !self.stores_away() {
                        return End::Asked;
                    }
                }
                Some(verdict) = self.verdicts.recv() => {
                    if let Some(end) = End::sentence(verdict, stop_by.map(|_| self.rest())) {
                        return end;
                    }
                    info!(?verdict, "PostgreSQL stops and nothing can commit any more, so it may take its time");
                }
                _ = self.instance.ears.term.recv() => stop_by = Some(self.stop(stop_by)),
                _ = self.instance.ears.int.recv() => stop_by = Some(self.stop(stop_by)),
                _ = self.instance.ears.hup.recv() => self.reload(),
                Ok(()) = self.instance.identity.changed() => self.show_certificates(),
                Some((request, answer)) = self.instance.asked.recv() => self.answer(request, answer),
                _ = beat.tick() => {
                    self.instance.signs.beat();
                    self.look();
                }
                changed = self.instance.views.changed() => {
                    if changed.is_ok() { self.look() }
                }
                () = at(server_due) => self.server = start_server(self.instance),
                () = at(stop_by) => {
                    warn!("Patroni does not stop in time");
                    return End::Asked;
                }
            }
            if let Server::Running(server) = &mut self.server
                && let Ok(how) = server.end.try_recv()
            {
                warn!(?how, "pgbackrest server has ended");
                self.server = Server::Due(Instant::now() + SERVER_PAUSE);
            }
        }
    }

    fn stop(&self, already: Option<Instant>) -> Instant {
        if let Some(already) = already {
            return already;
        }
        let instance = &self.instance;
        let view = instance.views.borrow().clone();
        let holds_lock = view.leader.as_deref() == Some(&instance.settings.pod) && !view.paused;
        info!(holds_lock, "asked to stop");
        let handover = Handover {
            errand: instance.errand.clone(),
            session: instance.session.clone(),
            patroni: self.patroni.pid,
            holds_lock: holds_lock && instance.settings.rules.handover,
        };
        tokio::spawn(handover.run());
        Instant::now() + STOP_PATIENCE
    }

    /// What is left of PostgreSQL, while it stops.
    fn rest(&self) -> Rest {
        let file = self.instance.settings.data().join("postmaster.pid");
        let stops = postmaster_state(&file).as_deref() == Some("stopping");
        if stops && process::all().iter().all(|process| !process.can_commit()) {
            Rest::Harmless
        } else {
            Rest::Dangerous
        }
    }

    /// Whether PostgreSQL, after its last commit, still stores WAL away. It needs no Patroni for that.
    fn stores_away(&self) -> bool {
        !process::postmasters().is_empty() && self.rest() == Rest::Harmless
    }

    /// Reaps; a postmaster that did not end in order leaves backends that must not go on.
    fn reap(&mut self) {
        let ended = self.instance.children.reap();
        for ended in &ended {
            debug!(?ended, "reaped");
        }
        let ended: Vec<Ended> = ended
            .into_iter()
            .filter(|ended| !self.orphans.remove(&ended.pid))
            .collect();
        let crashed = ended.iter().find(|ended| is_crashed_postgres(ended));
        let Some(crashed) = crashed else { return };
        let enabled = self.instance.settings.rules.orphans;
        if enabled {
            self.orphans.extend(process::kill_orphan_backends());
        }
        let killed = self.orphans.len();
        warn!(?crashed, killed, enabled, "a postmaster ended in disorder");
        if enabled {
            let note = format!("a postmaster ended in disorder, {killed} backends that it left were killed");
            self.instance.herald.tell(Deed::PostmasterKilled, note);
            self.poke();
        }
    }

    /// Wakes Patroni, which would look again only after its pause.
    fn poke(&self) {
        let view = self.instance.views.borrow().clone();
        if view.leader.as_deref() != Some(&self.instance.settings.pod) {
            return;
        }
        let patroni = self.instance.patroni.clone();
        tokio::spawn(async move {
            if let Err(error) = patroni.poke().await {
                debug!(%error, "Patroni could not be woken");
            }
        });
    }

    fn answer(&mut self, request: Request, answer: oneshot::Sender<Answer>) {
        match request {
            Request::Initdb { data } => {
                let birth = self.birth.clone();
                tokio::spawn(async move {
                    let taken = match birth {
                        Some(mut birth) => birth.take().await,
                        None => false,
                    };
                    info!(data, taken, "Patroni makes a new cluster");
                    let _ = answer.send(if taken { Answer::Yes } else { Answer::No });
                });
            }
            Request::Durable => {
                let birth = self.birth.clone();
                tokio::spawn(async move {
                    let durable = match birth {
                        Some(mut birth) => birth.durable().await,
                        None => true,
                    };
                    let _ = answer.send(if durable { Answer::Yes } else { Answer::No });
                });
            }
            Request::Wal { file, size } => {
                let view = self.instance.views.borrow();
                let _ = answer.send(branch::belongs(&view, &self.instance.settings.pod, &file, size));
            }
            Request::NotArchived { why } => {
                let at = std::time::Instant::now();
                self.instance.failures.send_replace(Some(Failure { at, why }));
                let _ = answer.send(Answer::Yes);
            }
            Request::Callback { action, role } => {
                info!(action, role, "Patroni reports");
                if role == "primary" || role == "master" {
                    self.instance.hints.send_modify(|count| *count += 1);
                }
                let _ = answer.send(Answer::Yes);
            }
        }
    }

    /// Writes the files anew and has Patroni read them.
    fn reload(&mut self) {
        match self.instance.render(self.instance.barred) {
            Ok(rendered) => self.instance.rendered = rendered,
            Err(error) => return warn!(%error, "the files cannot be written anew"),
        }
        process::signal(self.patroni.pid, Signal::HUP);
    }

    /// Has those who keep certificates in memory read the new ones: Patroni, in its next round, for its own interface
    /// and for PostgreSQL; and pgBackRest's server.
    ///
    /// A Patroni whose file has changed in the same round does not look at its own certificate, so the file is left
    /// alone here.
    fn show_certificates(&self) {
        process::signal(self.patroni.pid, Signal::HUP);
        if let Server::Running(server) = &self.server {
            process::signal(server.pid, Signal::HUP);
        }
    }

    /// Something may have changed in the cluster.
    fn look(&mut self) {
        self.welcome();
        if self.instance.reconsider() {
            process::signal(self.patroni.pid, Signal::HUP);
        }
    }

    /// When the cluster lives: what was prepared for a birth is over, one way or the other.
    fn welcome(&mut self) {
        let view = self.instance.views.borrow_and_update().clone();
        if !view.initialized || view.leader.is_none() {
            return;
        }
        let Some(birth) = self.birth.take() else { return };
        let data = self.instance.settings.data();
        tokio::task::spawn_blocking(move || half_born::unmark(&data));
        tokio::spawn(birth.discard());
    }
}

/// Waits for something that may take long, and shows meanwhile that the supervisor lives.
async fn visibly<T>(signs: &Signs, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        match tokio::time::timeout(Duration::from_secs(1), &mut work).await {
            Ok(done) => return done,
            Err(_) => signs.beat(),
        }
    }
}

/// Removes what a dead PostgreSQL of an earlier life left, and what the next one would take for a living one: in a new
/// container the same number may be another process.
fn clear_stale(settings: &Settings) {
    if !process::postmasters().is_empty() {
        return;
    }
    let socket = settings.places.tmp.join(format!(".s.PGSQL.{}", settings.port));
    for file in [
        socket.with_added_extension("lock"),
        socket,
        settings.data().join("postmaster.pid"),
    ] {
        match std::fs::remove_file(&file) {
            Ok(()) => info!(file = %file.display(), "a dead PostgreSQL's file was removed"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
            Err(error) => warn!(file = %file.display(), %error, "a dead PostgreSQL's file cannot be removed"),
        }
    }
}

/// A `postgres` process whose parent we became, and that did not end of its own will.
fn is_crashed_postgres(ended: &Ended) -> bool {
    ended.name == "postgres" && matches!(ended.how, How::Killed(_))
}

/// Patroni with an environment in which its file is the only source of settings.
fn patroni_command(instance: &Instance) -> Command {
    let settings = &instance.settings;
    let mut command = Command::new(&settings.places.patroni);
    command.arg(&instance.rendered.patroni).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("PGBACKREST_") || name.starts_with("PATRONI_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

fn start_server(instance: &Instance) -> Server {
    let settings = &instance.settings;
    let conf = settings.places.pgbackrest_conf();
    let words = command::Command::Server.argv(&conf.to_string_lossy(), &settings.stanza);
    let mut command = Command::new("pgbackrest");
    command.args(words).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PGBACKREST_") {
            command.env_remove(name);
        }
    }
    match instance.children.spawn(&mut command) {
        Ok(child) => Server::Running(child),
        Err(error) => {
            warn!(%error, "pgbackrest server cannot be started");
            Server::Due(Instant::now() + Duration::from_secs(10))
        }
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_killed_postgres_leaves_orphans_to_worry_about() {
        let ended = |name: &str, how| Ended {
            pid: 9,
            name: name.to_owned(),
            how,
        };
        assert!(is_crashed_postgres(&ended("postgres", How::Killed(9))));
        assert!(!is_crashed_postgres(&ended("postgres", How::Exited(0))));
        assert!(!is_crashed_postgres(&ended("python3", How::Killed(9))));
    }
}
