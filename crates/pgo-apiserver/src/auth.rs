//! Who is calling, and may they.
//!
//! Users and roles are Secrets of the operator's namespace, `pgouser-<name>` and `pgorole-<name>`, as in 4.2. They are
//! read from a watch, so that a changed password or role counts at once and a request costs no call to Kubernetes.

pub(crate) mod account;
pub(crate) mod basic;
pub(crate) mod bootstrap;
pub(crate) mod caller;
mod failures;
mod login;
pub(crate) mod password;
mod remembered;
mod role;
pub(crate) mod store;
pub(crate) mod verifier;

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderValue;
use pgo_api::Permission;

pub(crate) use account::Account;
pub(crate) use basic::Credentials;
pub(crate) use caller::Caller;
pub(crate) use login::Login;
pub(crate) use role::Role;
pub(crate) use verifier::Verifier;

use failures::TooMany;
use verifier::Finding;

/// Where accounts and roles are looked up.
pub(crate) trait Accounts {
    /// The account of a user.
    fn account(&self, user: &str) -> Option<Account>;
    /// A role.
    fn role(&self, name: &str) -> Option<Role>;
}

/// Why a caller is turned away. The caller learns which of these, the log learns why; neither learns a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// 401: nobody knows who this is.
    #[error("{user:?} is not authenticated: {reason}")]
    Unknown {
        /// As the caller says; empty when it says nothing.
        user: String,
        /// For the log.
        reason: &'static str,
    },
    /// 403: known, and not allowed.
    #[error("{user:?} may not do this: {reason}")]
    Forbidden {
        /// As the caller says.
        user: String,
        /// For the log.
        reason: String,
    },
    /// 429: this address has been wrong too often.
    #[error("{user:?} is not listened to: too many failed logins from its address")]
    TooOften {
        /// As the caller says.
        user: String,
        /// Until the address is listened to again.
        wait: Duration,
    },
    /// 503: too many callers wait for their passwords to be verified.
    #[error("{user:?} is not listened to: too many logins at once")]
    Busy {
        /// As the caller says.
        user: String,
    },
}

/// Someone of whom we know who it is, not yet what it may do.
#[derive(Debug)]
pub(crate) struct Known {
    user: String,
    account: Account,
    login: Login,
    /// What should be kept of the password that is kept in clear text now.
    hash: Option<String>,
}

impl Known {
    /// The account whose password is kept in clear text, and the hash that should be kept instead.
    pub(crate) fn unhashed(&self) -> Option<(&Account, &str)> {
        self.hash.as_deref().map(|hash| (&self.account, hash))
    }
}

/// What a request says of its sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// Where it comes from.
    pub(crate) address: IpAddr,
    /// Its `Authorization` header.
    pub(crate) authorization: Option<&'a HeaderValue>,
}

/// Finds out who sends a request.
///
/// With `passwords` off (`BasicAuth: false`), the password is not looked at, but the user must still exist.
pub(crate) async fn authenticate(
    accounts: &impl Accounts,
    verifier: &Verifier,
    claim: Claim<'_>,
    passwords: bool,
) -> Result<Known, Denied> {
    let credentials = claim.authorization.and_then(Credentials::parse);
    let user = credentials.as_ref().map(|it| it.user.clone()).unwrap_or_default();
    let account = accounts.account(&user);
    let (mut login, mut hash) = (Login::Unchecked, None);
    if passwords {
        let Some(credentials) = &credentials else {
            let reason = "no credentials, or malformed ones";
            return Err(Denied::Unknown { user, reason });
        };
        match verifier
            .verify(claim.address, account.as_ref(), credentials)
            .await
        {
            Finding::Remembered => login = Login::Remembered,
            Finding::Right => login = Login::Verified,
            Finding::RightInClear(made) => (login, hash) = (Login::Verified, Some(made)),
            Finding::Wrong => {
                let reason = match account {
                    Some(_) => "wrong password",
                    None => "no such user",
                };
                return Err(Denied::Unknown { user, reason });
            }
            Finding::TooMany(TooMany { wait }) => return Err(Denied::TooOften { user, wait }),
            Finding::Busy => return Err(Denied::Busy { user }),
        }
    }
    match account {
        Some(account) => Ok(Known {
            user,
            account,
            login,
            hash,
        }),
        None => Err(Denied::Forbidden {
            user,
            reason: "no such user".to_owned(),
        }),
    }
}

/// Decides whether somebody may use what needs `permission`.
pub(crate) fn authorize(
    accounts: &impl Accounts,
    known: Known,
    permission: Permission,
) -> Result<Caller, Denied> {
    let Known { user, account, .. } = known;
    match allowed(accounts, &account, permission) {
        Ok(()) => Ok(Caller::new(user, account.namespaces)),
        Err(reason) => Err(Denied::Forbidden { user, reason }),
    }
}

/// Walks the roles in order; the first that does not exist denies, whatever the later ones say.
fn allowed(accounts: &impl Accounts, account: &Account, permission: Permission) -> Result<(), String> {
    for name in account.roles.split(',') {
        let role = accounts
            .role(name)
            .ok_or_else(|| format!("role {name:?} does not exist"))?;
        if role.allows(permission) {
            return Ok(());
        }
    }
    Err(format!("no role grants {}", permission.as_str()))
}

#[cfg(test)]
mod tests;
