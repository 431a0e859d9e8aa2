//! Whether a password is right, found out sparingly.
//!
//! Comparing with a hash is work on purpose, so a flood of logins must not cost more than we choose to spend: only a few
//! comparisons run at a time, only so many callers wait for their turn, and an address that keeps being wrong is not
//! listened to for a moment. Whoever was let in a short while ago passes by all that.

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::failures::{Failures, TooMany};
use super::password::{self, Comparison, Password};
use super::remembered::Remembered;
use super::{Account, Credentials};
use crate::refusal::Refusal;

/// Comparisons at the same time, of 19 MiB each.
const AT_ONCE: usize = 2;
/// Callers that wait for their comparison; at 20 ms each, a second or two.
const WAITING: usize = 256;

/// Finds out whether passwords are right.
pub(crate) struct Verifier {
    remembered: Remembered,
    failures: Failures,
    comparing: Arc<Semaphore>,
    waiting: Semaphore,
}

/// What a verification comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The credentials were verified a short while ago.
    Remembered,
    /// The password is right.
    Right,
    /// It is right, and kept in clear text: this hash should be kept instead.
    RightInClear(String),
    /// It is wrong, or there is no such user.
    Wrong,
    /// Nobody looked: the address has been wrong too often.
    TooMany(TooMany),
    /// Nobody looked: too many wait already.
    Busy,
}

impl Verifier {
    /// One that knows nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            remembered: Remembered::new(),
            failures: Failures::default(),
            comparing: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Verifies credentials that came from an address. An account that does not exist takes as long as a wrong password.
    pub(crate) async fn verify(
        &self,
        from: IpAddr,
        account: Option<&Account>,
        credentials: &Credentials,
    ) -> Finding {
        if let Some(early) = self.early(from, account, credentials) {
            return early;
        }
        let Some(place) = self.place().await else {
            return Finding::Busy;
        };
        // Others with the same credentials, or from the same address, may have had their turn meanwhile.
        if let Some(early) = self.early(from, account, credentials) {
            return early;
        }
        let kept = account.map_or(Password::Absent, |account| account.password.clone());
        let (finding, place) = compared(place, kept, credentials.password.clone()).await;
        match account {
            Some(account) if finding != Finding::Wrong => self.remembered.remember(account, credentials),
            _ => {
                self.failures.count(from);
                // Said as often as a failure is forgiven; who is turned away meanwhile leaves only a number.
                if self.failures.check(from).is_err() {
                    warn!(address = %from, "too many failed logins: for a moment nobody new comes in from this address");
                }
            }
        }
        // Not before: the next one looks whether the same was found out already.
        drop(place);
        finding
    }

    /// Compares a password for another purpose than a login; nothing is remembered of it.
    pub(crate) async fn compare(&self, kept: &Password, attempt: &SecretString) -> Finding {
        match self.place().await {
            Some(place) => compared(place, kept.clone(), attempt.clone()).await.0,
            None => Finding::Busy,
        }
    }

    /// Hashes a password to be kept.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Refusal> {
        let place = self.place().await;
        let busy = || Refusal::asked("too many logins at once: try again in a moment");
        let place = place.ok_or_else(busy)?;
        let hashed = spawn_blocking(move || {
            let hash = password::hash(&password);
            drop(place);
            hash
        });
        match hashed.await {
            Ok(Ok(hash)) => Ok(hash),
            Ok(Err(unhashed)) => Err(Refusal::Bug(unhashed.to_string())),
            Err(panic) => Err(Refusal::Bug(panic.to_string())),
        }
    }

    /// Waits for a turn; none if too many wait already.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let _waiting = self.waiting.try_acquire().ok()?;
        Arc::clone(&self.comparing).acquire_owned().await.ok()
    }

    /// What can be said without a comparison.
    fn early(&self, from: IpAddr, account: Option<&Account>, credentials: &Credentials) -> Option<Finding> {
        if account.is_some_and(|account| self.remembered.knows(account, credentials)) {
            return Some(Finding::Remembered);
        }
        self.failures.check(from).err().map(Finding::TooMany)
    }
}

/// Compares on a thread that may block. The place is held until then even if nobody waits for it any more.
async fn compared(
    place: OwnedSemaphorePermit,
    kept: Password,
    attempt: SecretString,
) -> (Finding, Option<OwnedSemaphorePermit>) {
    match spawn_blocking(move || (kept.compare(&attempt), place)).await {
        Ok((Comparison::Same, place)) => (Finding::Right, Some(place)),
        Ok((Comparison::SameInClear(hash), place)) => (Finding::RightInClear(hash), Some(place)),
        Ok((Comparison::Differs, place)) => (Finding::Wrong, Some(place)),
        Err(_) => (Finding::Wrong, None),
    }
}

#[cfg(test)]
mod tests;
