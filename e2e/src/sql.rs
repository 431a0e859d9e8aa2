//! SQL as a client of the cluster speaks it: over TLS, with the certificate verified against the cluster's own CA.

mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use futures::stream::poll_fn;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::FromSqlOwned;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::seconds;

pub(crate) use tls::Tls;

/// Where and as whom to connect.
#[derive(Clone)]
pub struct Door {
    /// A Service's address, or a pod's.
    pub address: SocketAddr,
    /// The name that the certificate must carry.
    pub host: String,
    pub database: String,
    pub user: String,
    pub password: String,
    pub(crate) tls: Tls,
}

/// One connection, closed when dropped.
pub struct Session {
    client: Client,
    warnings: Arc<AtomicU64>,
    driver: JoinHandle<()>,
}

impl Door {
    /// The same door of another instance or Service.
    #[must_use]
    pub fn at(&self, address: IpAddr) -> Self {
        let mut door = self.clone();
        door.address.set_ip(address);
        door
    }

    /// The same door for another user.
    #[must_use]
    pub fn for_user(&self, user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            ..self.clone()
        }
    }

    /// Connects once, within `limit`.
    pub async fn connect(&self, limit: Duration) -> Result<Session> {
        let connecting = async {
            let (client, mut connection) = self.config(SslMode::Require).connect(self.tls.clone()).await?;
            let warnings = Arc::new(AtomicU64::new(0));
            let counted = Arc::clone(&warnings);
            let driver = tokio::spawn(async move {
                let mut messages = poll_fn(move |context| connection.poll_message(context));
                while let Some(Ok(message)) = messages.next().await {
                    if matches!(&message, AsyncMessage::Notice(notice) if notice.severity() == "WARNING") {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
            anyhow::Ok(Session {
                client,
                warnings,
                driver,
            })
        };
        tokio::time::timeout(limit, connecting)
            .await
            .with_context(|| format!("{} did not let {} in within {limit:?}", self.address, self.user))?
            .with_context(|| format!("{} does not let {} in", self.address, self.user))
    }

    /// Knocks until the door opens; there is nothing to watch for that a client could see.
    pub async fn first_connection(&self, within: Duration) -> Result<Session> {
        let knocking = async {
            let mut knocks = tokio::time::interval(Duration::from_millis(20));
            loop {
                knocks.tick().await;
                if let Ok(session) = self.connect(seconds(2)).await {
                    break session;
                }
            }
        };
        tokio::time::timeout(within, knocking)
            .await
            .with_context(|| format!("no connection to {} within {within:?}", self.address))
    }

    /// Tries without TLS and says whether that was accepted.
    pub async fn opens_without_tls(&self) -> bool {
        let mut config = self.config(SslMode::Disable);
        config.connect_timeout(seconds(5));
        config.connect(NoTls).await.is_ok()
    }

    fn config(&self, mode: SslMode) -> Config {
        let mut config = Config::new();
        config
            .host(&self.host)
            .hostaddr(self.address.ip())
            .port(self.address.port())
            .dbname(&self.database)
            .user(&self.user)
            .password(&self.password)
            .application_name("e2e")
            .ssl_mode(mode);
        config
    }
}

impl Session {
    /// Runs statements without parameters.
    pub async fn execute(&self, statements: &str) -> Result<()> {
        self.client
            .batch_execute(statements)
            .await
            .with_context(|| format!("it failed: {statements}"))
    }

    /// The one value that a query returns.
    pub async fn value<T: FromSqlOwned>(&self, query: &str) -> Result<T> {
        let row = self
            .client
            .query_one(query, &[])
            .await
            .with_context(|| format!("it failed: {query}"))?;
        row.try_get(0)
            .with_context(|| format!("another type came back: {query}"))
    }

    /// The first column of every row.
    pub async fn values<T: FromSqlOwned>(&self, query: &str) -> Result<Vec<T>> {
        let rows = self
            .client
            .query(query, &[])
            .await
            .with_context(|| format!("it failed: {query}"))?;
        rows.iter()
            .map(|row| row.try_get(0).map_err(Into::into))
            .collect()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// How many warnings the server has sent so far.
    pub(crate) fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::Relaxed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The socket goes at once: a statement that is under way is neither cancelled nor waited for.
        self.driver.abort();
    }
}
