//! A client that writes without pause and keeps a ledger of what was acknowledged.
//!
//! Every id is sent once. It is *acknowledged* when the server said so without a warning, otherwise *unknown*: such a
//! row may exist or not. A statement that gives no answer is not cancelled; while it is waited for, new connections are
//! tried, as a well-made pool does, and the first that opens is used.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_postgres::Statement;

use crate::{Door, Session, seconds};

/// The pace of writing.
const BETWEEN_WRITES: Duration = Duration::from_millis(10);
/// How long an answer may take before another connection is tried beside it.
const PATIENCE: Duration = Duration::from_millis(250);
/// The pace of trying to connect, and how long one try may take.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
const ONE_TRY: Duration = seconds(3);
const TRIES_AT_ONCE: usize = 16;

/// A writer at work.
pub struct Writer {
    stop: oneshot::Sender<()>,
    last: watch::Receiver<Option<Ack>>,
    work: JoinHandle<Ledger>,
}

/// One acknowledged row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    pub id: i64,
    /// When the acknowledgement arrived, by a clock that is never set.
    pub at: Instant,
    /// The instance that acknowledged.
    pub by: IpAddr,
}

/// What a writer was told.
#[derive(Debug)]
pub struct Ledger {
    pub acks: Vec<Ack>,
    pub unknown: Vec<i64>,
    pub stopped: Instant,
}

impl Writer {
    /// Makes the table, starts writing, and returns after the first acknowledgement.
    pub async fn start(door: Door) -> Result<Self> {
        let session = door.first_connection(seconds(30)).await?;
        session
            .execute(
                "create table if not exists ledger (id bigint primary key, at timestamptz default now())",
            )
            .await?;
        Self::resume(door, 0).await
    }

    /// Starts writing into the table that is there, with ids from `first`, and returns after the first acknowledgement.
    pub async fn resume(door: Door, first: i64) -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (said, last) = watch::channel(None);
        let work = tokio::spawn(write(door, first, said, stopped));
        let writer = Self { stop, last, work };
        writer.acknowledged(seconds(30), |_| true).await?;
        Ok(writer)
    }

    /// Waits for an acknowledgement that was sent after `moment`.
    pub async fn acknowledged_after(&self, moment: Instant, within: Duration) -> Result<Ack> {
        self.acknowledged(within, |ack| ack.at > moment).await
    }

    /// Waits for an acknowledgement by another instance than `old`.
    pub async fn acknowledged_by_other(&self, old: IpAddr, within: Duration) -> Result<Ack> {
        self.acknowledged(within, |ack| ack.by != old).await
    }

    async fn acknowledged(&self, within: Duration, wanted: impl Fn(&Ack) -> bool) -> Result<Ack> {
        let mut last = self.last.clone();
        let found = last.wait_for(|ack| ack.is_some_and(|ack| wanted(&ack)));
        match tokio::time::timeout(within, found).await {
            Ok(Ok(ack)) => ack.context("the writer said nothing"),
            Ok(Err(_)) => bail!("the writer has ended"),
            Err(_) => bail!("no write was acknowledged within {within:?}"),
        }
    }

    /// Stops writing and hands the ledger over.
    pub async fn stop(self) -> Result<Ledger> {
        _ = self.stop.send(());
        self.work.await.context("the writer failed")
    }
}

impl Ledger {
    /// The longest time without an acknowledgement, the end of the writing included.
    pub fn longest_gap(&self) -> Duration {
        let ends = self.acks.iter().map(|ack| ack.at).chain([self.stopped]);
        let starts = self.acks.iter().map(|ack| ack.at);
        starts
            .zip(ends.skip(1))
            .map(|(start, end)| end.duration_since(start))
            .max()
            .unwrap_or_default()
    }

    /// Acknowledged ids that the server does not have. What was lost, in other words.
    pub async fn missing(&self, session: &Session) -> Result<Vec<Ack>> {
        let present: BTreeSet<i64> = session
            .values("select id from ledger")
            .await?
            .into_iter()
            .collect();
        Ok(self
            .acks
            .iter()
            .filter(|ack| !present.contains(&ack.id))
            .copied()
            .collect())
    }

    /// Demands that every acknowledged row exists.
    pub async fn holds(&self, session: &Session) -> Result<()> {
        let missing = self.missing(session).await?;
        let of = self.acks.len();
        let first: Vec<_> = missing.iter().take(5).map(|ack| (ack.id, ack.by)).collect();
        ensure!(
            missing.is_empty(),
            "{} of {of} acknowledged rows are lost, first {first:?}",
            missing.len()
        );
        Ok(())
    }

    /// How long two instances acknowledged at the same time: from the first word of the later to the last of the
    /// earlier. Zero means that there was one primary at any instant.
    pub fn two_primaries(&self, other: &Self) -> Duration {
        let span = |ledger: &Self| Some((ledger.acks.first()?.at, ledger.acks.last()?.at));
        let (Some(a), Some(b)) = (span(self), span(other)) else {
            return Duration::ZERO;
        };
        a.1.min(b.1)
            .checked_duration_since(a.0.max(b.0))
            .unwrap_or_default()
    }
}

/// A connection with its statement.
struct Pen {
    session: Session,
    insert: Statement,
}

/// What became of one row.
enum Answer {
    Acknowledged(IpAddr),
    Unknown,
}

impl Pen {
    async fn take(door: &Door) -> Result<Self> {
        let session = door.connect(ONE_TRY).await?;
        let insert = session
            .client()
            .prepare("insert into ledger (id) values ($1) returning host(inet_server_addr())")
            .await?;
        Ok(Self { session, insert })
    }

    /// Tries again and again, several at once, and takes the first that opens.
    async fn take_first(door: &Door) -> Self {
        let mut tries = FuturesUnordered::new();
        let mut ticks = tokio::time::interval(BETWEEN_TRIES);
        loop {
            tokio::select! {
                _ = ticks.tick(), if tries.len() < TRIES_AT_ONCE => tries.push(Self::take(door)),
                Some(Ok(pen)) = tries.next() => return pen,
                // As many tries as may be, and one of them failed.
                else => (),
            }
        }
    }

    async fn write(&self, id: i64) -> Result<Answer> {
        let warnings = self.session.warnings();
        let row = self.session.client().query_one(&self.insert, &[&id]).await?;
        let by: IpAddr = row.try_get::<_, &str>(0)?.parse()?;
        // A commit that stopped waiting for its replica is acknowledged with a warning: it promises nothing.
        Ok(if self.session.warnings() == warnings {
            Answer::Acknowledged(by)
        } else {
            Answer::Unknown
        })
    }
}

async fn write(
    door: Door,
    first: i64,
    said: watch::Sender<Option<Ack>>,
    mut stop: oneshot::Receiver<()>,
) -> Ledger {
    let mut ledger = Ledger {
        acks: Vec::new(),
        unknown: Vec::new(),
        stopped: Instant::now(),
    };
    let mut pace = tokio::time::interval(BETWEEN_WRITES);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let writing = async {
        let mut pen = Pen::take_first(&door).await;
        for id in first.. {
            pace.tick().await;
            // Unknown until the answer is here, also when the writer is stopped meanwhile.
            ledger.unknown.push(id);
            let replaced = {
                let mut answer = pin!(pen.write(id));
                let mut other = pin!(async {
                    tokio::time::sleep(PATIENCE).await;
                    Pen::take_first(&door).await
                });
                tokio::select! {
                    answer = &mut answer => match answer {
                        Ok(Answer::Acknowledged(by)) => {
                            ledger.unknown.pop();
                            let ack = Ack { id, at: Instant::now(), by };
                            ledger.acks.push(ack);
                            said.send_replace(Some(ack));
                            None
                        }
                        Ok(Answer::Unknown) => None,
                        Err(_) => Some(Pen::take_first(&door).await),
                    },
                    pen = &mut other => Some(pen),
                }
            };
            if let Some(fresh) = replaced {
                pen = fresh;
            }
        }
    };
    tokio::select! {
        () = writing => (),
        _ = &mut stop => (),
    }
    ledger.stopped = Instant::now();
    ledger
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(start: Instant, milliseconds: &[u64], stopped: u64) -> Ledger {
        let ack = |&ms: &u64| Ack {
            id: 0,
            at: start + Duration::from_millis(ms),
            by: IpAddr::from([127, 0, 0, 1]),
        };
        let acks = milliseconds.iter().map(ack).collect();
        Ledger {
            acks,
            unknown: Vec::new(),
            stopped: start + Duration::from_millis(stopped),
        }
    }

    #[test]
    fn the_longest_gap_may_be_the_last() {
        let start = Instant::now();
        assert_eq!(
            ledger(start, &[0, 10, 40], 50).longest_gap(),
            Duration::from_millis(30)
        );
        assert_eq!(
            ledger(start, &[0, 10, 40], 140).longest_gap(),
            Duration::from_millis(100)
        );
    }

    #[test]
    fn two_primaries_are_seen_by_their_overlap() {
        let start = Instant::now();
        let old = ledger(start, &[0, 10, 40], 50);
        assert_eq!(old.two_primaries(&ledger(start, &[41, 60], 70)), Duration::ZERO);
        assert_eq!(
            old.two_primaries(&ledger(start, &[25, 60], 70)),
            Duration::from_millis(15)
        );
    }
}
