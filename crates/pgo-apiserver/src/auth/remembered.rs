//! Credentials that were verified a short while ago: whoever sends them again is let in without another verification.
//!
//! What is kept is a digest under a key that dies with the process. It covers the state of the account's Secret, so that
//! any change of that makes it worthless at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use super::{Account, Credentials};

/// How long credentials are remembered after their verification.
const MEMORY: Duration = Duration::from_mins(5);

/// What is remembered: at most one pair of credentials for each user.
pub(super) struct Remembered {
    key: [u8; 64],
    users: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    digest: [u8; 32],
    until: Instant,
}

impl Remembered {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let mut key = [0; 64];
        rand::rng().fill_bytes(&mut key);
        Self {
            key,
            users: Mutex::default(),
        }
    }

    /// Whether these credentials were verified against this state of the account.
    pub(super) fn knows(&self, account: &Account, credentials: &Credentials) -> bool {
        let digest = self.digest(account, credentials);
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.get(&credentials.user).is_some_and(|entry| {
            entry.until > Instant::now() && bool::from(entry.digest.as_slice().ct_eq(digest.as_slice()))
        })
    }

    /// Remembers credentials that were verified.
    pub(super) fn remember(&self, account: &Account, credentials: &Credentials) {
        let now = Instant::now();
        let entry = Entry {
            digest: self.digest(account, credentials),
            until: now + MEMORY,
        };
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(|_, entry| entry.until > now);
        users.insert(credentials.user.clone(), entry);
    }

    fn digest(&self, account: &Account, credentials: &Credentials) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        for part in [
            &credentials.user,
            &account.version.uid,
            &account.version.resource_version,
            credentials.password.expose_secret(),
        ] {
            // With its length, so that no part can pass for the beginning of the next.
            mac.update(&part.len().to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}
