//! `pgo-agent instance`: process 1 of a database container.
//!
//! It starts Patroni and `pgbackrest server`, reaps what others leave behind, and watches. Patroni decides who is the
//! primary; the agent makes sure that an instance that Patroni no longer governs cannot go on as one, and that the
//! others learn so at once instead of when a lock expires.
//!
//! 1. The lock on the volume is taken: at most one life touches the data.
//! 2. A leader lock that a dead life of this volume still holds is given back.
//! 3. Patroni runs, and with it everything; meanwhile [`guard`] and [`traffic`] do their part.
//! 4. When Patroni ends, everything is killed. When that is certain, the leader lock is given back.
//! 5. The next life begins in the same container, unless we were asked to stop or lives end too fast.
//!
//! Invariant: the leader lock is given back only when no process of this instance can commit any more.

pub(crate) mod settings;

mod lock;

mod volume;

pub(crate) mod files;

pub(crate) mod birth;

pub(crate) mod half_born;

pub(crate) mod leader;

mod errand;

mod branch;

mod traffic;

mod witness;

pub(crate) mod patroni;

mod rules;

mod autofail;

mod place;

mod guard;

mod handover;

pub(crate) mod session;

mod health;

pub(crate) mod socket;

mod herald;

mod notice;

mod room;

mod archiving;

mod followers;

mod end;

mod life;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::Client;
use pgo_postgres::patroni::member::ARCHIVE_FAILING;
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use self::archiving::Failure;
use self::end::End;
use self::errand::Errand;
use self::files::Rendered;
use self::health::Signs;
use self::herald::{Deed, Herald};
use self::leader::{Leader, Release, View};
use self::life::Life;
use self::lock::Holder;
use self::notice::Notice;
use self::room::Room;
use self::rules::{Lives, Next};
use self::settings::{AGENT_PORT, Settings};
use crate::certificates::Current;
use crate::children::Children;
use crate::{https, process};

/// How long killed processes may take to vanish before we no longer believe that they will.
const VANISH: Duration = Duration::from_secs(5);

/// How long a container that has to go waits until another instance leads. A promotion takes a second.
const LINGER: Duration = Duration::from_secs(3);

/// Runs until the container is asked to stop.
pub(crate) async fn run(settings: Settings) -> ExitCode {
    match supervise(settings).await {
        Ok(code) => code,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that outlasts one life of Patroni.
pub(crate) struct Instance {
    settings: Settings,
    rendered: Rendered,
    /// Bytes of the volume, as they were when the container started: the supervisor never asks the volume again.
    size: Option<u64>,
    /// Changes when the certificates do.
    identity: Current,
    /// Whether Patroni was told not to run for the leader lock.
    barred: bool,
    /// What was noted on the volume about being the primary.
    noted: Option<bool>,
    children: Children,
    signs: Arc<Signs>,
    session: Arc<session::Session>,
    leader: Leader,
    errand: Errand,
    client: Client,
    herald: Herald,
    patroni: patroni::Patroni,
    views: watch::Receiver<View>,
    /// Counts reports that this instance became the primary.
    hints: watch::Sender<u64>,
    /// Why WAL could not be archived the last time.
    failures: watch::Sender<Option<Failure>>,
    /// Requests of Patroni's helpers.
    asked: mpsc::Receiver<socket::Asked>,
    ears: life::Ears,
}

async fn supervise(settings: Settings) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let mut ears = life::Ears::new()?;
    volume::check(&settings)?;
    let barred = !is_autofail(&settings)
        && !autofail::was_primary(&settings.places.volume, &settings.data(), settings.may_bootstrap);
    let size = Room::of(&settings.places.volume).ok().map(|room| room.total);
    let rendered = files::render(&settings, barred, size)?;
    let identity = rendered.certificates.follow(&settings.places.conf.join("tls"))?;
    let (requests, asked) = mpsc::channel(16);
    socket::listen(&settings.places.socket(), requests)?;
    let listener = https::listen(AGENT_PORT).await?;
    let client = kubernetes()?;
    let herald = Herald::new(client.clone(), &settings);
    tokio::spawn(room::Watch::new(client.clone(), &settings, herald.clone()).keep());
    let leader = Leader::new(client.clone(), &settings);
    let (seen, views) = watch::channel(View::default());
    tokio::spawn(leader.clone().follow(seen));

    let patroni = patroni::Patroni::new(identity.clone(), pgo_postgres::patroni::local::REST_PORT);
    let signs = Arc::new(Signs::new());
    signs.beat();
    let session = Arc::new(session::Session::new(
        &settings.places.tmp,
        settings.port,
        &rendered.superuser,
    ));
    let door = health::Door {
        signs: signs.clone(),
        session: session.clone(),
        views: views.clone(),
        me: settings.pod.clone(),
        primary: settings.cluster.clone(),
        patroni: patroni.clone(),
        leader: leader.clone(),
        target: health::target(&settings),
    };
    tokio::spawn(https::serve(
        listener,
        identity.clone(),
        health::router(Arc::new(door)),
    ));

    let Some(lock) = volume::hold(&settings, &signs, &mut ears).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    volume::check_version(&settings)?;
    let errand = Errand::new(leader.clone(), views.clone(), &settings, &rendered.certificates);
    let mut instance = Instance {
        herald,
        patroni,
        hints: watch::Sender::new(0),
        failures: watch::Sender::new(None),
        children: Children::default(),
        settings,
        rendered,
        size,
        identity,
        barred,
        noted: None,
        signs,
        session,
        errand,
        leader,
        client,
        views,
        asked,
        ears,
    };
    info!(took = ?began.elapsed(), previous = ?lock.previous, "the volume is ours");
    if instance.settings.rules.traffic {
        let traffic = traffic::Traffic::new(
            instance.client.clone(),
            &instance.settings,
            instance.leader.clone(),
        );
        tokio::spawn(traffic.direct(instance.views.clone(), instance.hints.subscribe()));
    }
    if instance.settings.rules.witness {
        tokio::spawn(witness::Witness::new(&instance).look(instance.views.clone()));
    }
    tokio::spawn(place::take_over(
        instance.client.clone(),
        instance.settings.clone(),
    ));
    let archiving = archiving::Watch {
        me: instance.settings.pod.clone(),
        session: instance.session.clone(),
        views: instance.views.clone(),
        failures: instance.failures.subscribe(),
        herald: instance.herald.clone(),
        notice: Notice::new(instance.client.clone(), &instance.settings, ARCHIVE_FAILING),
    };
    tokio::spawn(archiving.keep());
    tokio::spawn(followers::Watch::new(&instance).keep());
    instance.inherit(lock.previous.as_ref()).await;
    let code = instance.live().await;
    drop(lock);
    Ok(code)
}

impl Instance {
    /// Gives back the leader lock that a dead life of this volume still holds, if another member can take it.
    async fn inherit(&self, previous: Option<&Holder>) {
        let settings = &self.settings;
        if !settings.rules.release_on_start || !settings.data().join("PG_VERSION").exists() {
            return;
        }
        let me = volume::holder(settings);
        let mut dead = vec![settings.pod.as_str()];
        if let Some(previous) = previous.filter(|previous| me.proves_the_end_of(previous)) {
            dead.push(&previous.pod);
        }
        let release = async {
            let Some((leader, _)) = self.leader.holder().await? else {
                return Ok(None);
            };
            if !dead.contains(&leader.as_str()) || !self.leader.has_candidate(&settings.pod).await? {
                return Ok(None);
            }
            Ok::<_, leader::LeaderError>(Some((self.leader.release(&leader).await?, leader)))
        };
        match tokio::time::timeout(Duration::from_secs(4), release).await {
            Ok(Ok(Some((Release::Released, leader)))) => {
                info!(
                    leader,
                    "the leader lock of this volume's previous life was given back"
                );
                self.herald.tell(
                    Deed::LockReleased,
                    format!("{leader} is dead, its leader lock was given back"),
                );
            }
            Ok(Ok(_)) => (),
            Ok(Err(error)) => warn!(%error, "whether a dead life holds the leader lock is not known"),
            Err(_) => warn!("Kubernetes does not say in time who holds the leader lock"),
        }
    }

    /// Writes Patroni's file anew when this instance's right to run for the lock has changed, and says whether it has.
    fn reconsider(&mut self) -> bool {
        let leader = self.views.borrow().leader.clone();
        let primary = leader.as_deref().map(|leader| leader == self.settings.pod);
        if primary.is_some() && primary != self.noted {
            self.noted = primary;
            let volume = self.settings.places.volume.clone();
            // A volume that hangs must not hang the supervisor.
            tokio::task::spawn_blocking(move || autofail::note(&volume, primary == Some(true)));
        }
        let wanted = is_autofail(&self.settings);
        let barred = autofail::is_barred(wanted, leader.as_deref(), &self.settings.pod, self.barred);
        if barred == self.barred {
            return false;
        }
        match self.render(barred) {
            Ok(rendered) => {
                info!(barred, "the right to run for the leader lock has changed");
                self.rendered = rendered;
                self.barred = barred;
                true
            }
            Err(error) => {
                warn!(%error, "Patroni's file cannot be written anew");
                false
            }
        }
    }

    /// Writes the files anew.
    fn render(&self, barred: bool) -> Result<Rendered, files::FileError> {
        files::render(&self.settings, barred, self.size)
    }

    /// One life after the other.
    async fn live(&mut self) -> ExitCode {
        let began = Instant::now();
        let mut lives = Lives::default();
        loop {
            let end = match Life::begin(self).await {
                Ok(life) => life.last().await,
                Err(error) => {
                    error!("{error:#}");
                    End::NotBegun
                }
            };
            self.signs.patroni_runs(false);
            if self.views.borrow().paused && matches!(end, End::Died(_)) {
                // Somebody works on the database and wants it left alone. Nobody else will be promoted meanwhile.
                warn!(%end, "automatic failover is paused, only Patroni is started again");
                self.pause(Duration::from_secs(1)).await;
                continue;
            }
            let code = self.bury(&end).await;
            if let Some(code) = code {
                return code;
            }
            match lives.ended(began.elapsed()) {
                Next::Again(pause) => {
                    info!(?pause, "the next life begins");
                    self.pause(pause).await;
                }
                Next::Exit => {
                    error!("Patroni ended too often, the container ends");
                    return ExitCode::FAILURE;
                }
            }
        }
    }

    /// Makes sure that nothing of a life is left, and gives the leader lock back. Says with what to exit, if at all.
    async fn bury(&self, end: &End) -> Option<ExitCode> {
        info!(?end, "a life of Patroni has ended");
        if let Some(deed) = end.deed() {
            self.herald.tell(deed, end.to_string());
        }
        let code = match end {
            End::Asked => Some(ExitCode::SUCCESS),
            _ => None,
        };
        if !self.settings.rules.release_on_death {
            return Some(code.unwrap_or(ExitCode::FAILURE));
        }
        let gone = tokio::task::spawn_blocking(|| process::kill_everything(VANISH)).await;
        if !matches!(gone, Ok(true)) {
            error!("not every process could be killed: the leader lock has to expire");
            return Some(ExitCode::FAILURE);
        }
        match self.errand.give_back().await {
            Ok(Release::Released) => {
                info!("the leader lock was given back");
                self.herald.tell(
                    Deed::LockReleased,
                    "every process is dead, the leader lock was given back".to_owned(),
                );
            }
            Ok(Release::NotOurs) => (),
            Err(error) => warn!(%error, "the leader lock could not be given back, it has to expire"),
        }
        if code.is_some() {
            self.linger().await;
        }
        code
    }

    /// Waits until another instance leads, if there is one that can.
    ///
    /// Replicas ask every member before one of them is promoted. As long as this container is there, it refuses at once;
    /// an address that is gone answers nothing, and two seconds are spent on waiting for it.
    async fn linger(&self) {
        let me = &self.settings.pod;
        let mut views = self.views.clone();
        let has_heirs = |view: &View| view.heirs.iter().flatten().any(|heir| heir != me);
        if !has_heirs(&views.borrow()) {
            return;
        }
        let led = views.wait_for(|view| view.leader.as_ref().is_some_and(|leader| leader != me));
        let _ = tokio::time::timeout(LINGER, led).await;
    }

    /// Waits between lives, visibly alive.
    async fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            self.signs.beat();
            tokio::time::sleep(Duration::from_millis(500).min(until - Instant::now())).await;
        }
    }
}

fn is_autofail(settings: &Settings) -> bool {
    autofail::is_wanted(&settings.places.conf.join("config"))
}

/// A connection to Kubernetes as this pod.
fn kubernetes() -> anyhow::Result<Client> {
    let mut config = match kube::Config::incluster() {
        Ok(config) => config,
        Err(error) => anyhow::bail!("this pod has no access to Kubernetes: {error}"),
    };
    config.connect_timeout = Some(Duration::from_secs(2));
    Ok(Client::try_from(config)?)
}
