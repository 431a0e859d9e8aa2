//! One lasting session with our own PostgreSQL, over the Unix socket as the superuser.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pgo_postgres::sql::SESSION_OPTIONS;
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls};

/// How PostgreSQL answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It accepts connections and writes.
    Primary,
    /// It accepts connections; whether WAL comes in from the primary at this moment.
    /// With the process that receives WAL from the primary, if there is one that does.
    Replica { receiver: Option<i32> },
}

/// What PostgreSQL says of its archiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Archiver {
    /// How many files it has archived since it began to count.
    pub(crate) archived: i64,
    /// How many wait.
    pub(crate) waiting: i64,
}

/// The session, opened when it is needed and kept.
pub(crate) struct Session {
    config: Config,
    kept: Mutex<Kept>,
}

/// What one probe leaves for the next.
#[derive(Default)]
struct Kept {
    client: Option<Client>,
    /// The last answer, and when it was given.
    answer: Option<(Instant, Health)>,
}

/// How long an answer counts: however often we are asked, PostgreSQL is asked a few times a second.
const FRESH: Duration = Duration::from_millis(300);

const HEALTH: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
     (SELECT pid FROM pg_catalog.pg_stat_wal_receiver WHERE status = 'streaming')";

/// One row, if this is a primary.
const ARCHIVER: &str = "SELECT archived_count, (SELECT pg_catalog.count(*) \
     FROM pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready') \
     FROM pg_catalog.pg_stat_archiver WHERE NOT pg_catalog.pg_is_in_recovery()";

impl Session {
    pub(crate) fn new(sockets: &Path, port: u16, superuser: &str) -> Self {
        Self {
            config: config(sockets, port, superuser, "postgres"),
            kept: Mutex::default(),
        }
    }

    /// Asks how PostgreSQL is; nothing if it does not answer in time.
    pub(crate) async fn health(&self, patience: Duration) -> Option<Health> {
        tokio::time::timeout(patience, self.ask()).await.ok()?
    }

    /// Takes a checkpoint; false if that took too long.
    pub(crate) async fn checkpoint(&self, patience: Duration) -> bool {
        let work = async {
            let client = connect(&self.config).await.ok()?;
            client.batch_execute("CHECKPOINT").await.ok()
        };
        matches!(tokio::time::timeout(patience, work).await, Ok(Some(())))
    }

    /// Asks how archiving goes; nothing if this is no primary, or it does not answer in time.
    pub(crate) async fn archiver(&self, patience: Duration) -> Option<Archiver> {
        // Not in the session of the probes: a long list of files must not keep those waiting.
        let work = async {
            let client = connect(&self.config).await.ok()?;
            let row = client.query_opt(ARCHIVER, &[]).await.ok()??;
            Some(Archiver {
                archived: row.try_get(0).ok()?,
                waiting: row.try_get(1).ok()?,
            })
        };
        tokio::time::timeout(patience, work).await.ok()?
    }

    async fn ask(&self) -> Option<Health> {
        let mut kept = self.kept.lock().await;
        if let Some((when, health)) = kept.answer
            && when.elapsed() < FRESH
        {
            return Some(health);
        }
        kept.answer = None;
        let client = match kept.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => connect(&self.config).await.ok()?,
        };
        let row = client.query_one(HEALTH, &[]).await.ok()?;
        // Only a session that answered is kept: one that was given up on is dropped and closed.
        kept.client = Some(client);
        let in_recovery: bool = row.try_get(0).ok()?;
        let receiver: Option<i32> = row.try_get(1).ok()?;
        let health = if in_recovery {
            Health::Replica { receiver }
        } else {
            Health::Primary
        };
        kept.answer = Some((Instant::now(), health));
        Some(health)
    }
}

/// How the agent connects: as the operating system's user, with nothing in the search path that a user can write to.
pub(crate) fn config(sockets: &Path, port: u16, superuser: &str, database: &str) -> Config {
    let mut config = Config::new();
    config
        .host_path(PathBuf::from(sockets))
        .port(port)
        .user(superuser)
        .dbname(database)
        .application_name("pgo-agent")
        .options(SESSION_OPTIONS);
    config
}

/// Opens a session that lives as long as the client.
pub(crate) async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        // An error here shows in the next request, too.
        let _ = connection.await;
    });
    Ok(client)
}
