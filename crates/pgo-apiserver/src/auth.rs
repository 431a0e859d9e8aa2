//! Who is calling, and may they.
//!
//! Users and roles are Secrets of the operator's namespace, `pgouser-<name>` and `pgorole-<name>`, as in 4.2. They are
//! read from a watch, so that a changed password or role counts at once and a request costs no call to Kubernetes.

pub(crate) mod account;
pub(crate) mod basic;
pub(crate) mod bootstrap;
pub(crate) mod caller;
mod role;

use http::HeaderValue;
use pgo_api::Permission;

pub(crate) use account::Account;
pub(crate) use basic::Credentials;
pub(crate) use caller::Caller;
pub(crate) use role::Role;

/// Where accounts and roles are looked up.
pub(crate) trait Accounts {
    /// The account of a user.
    fn account(&self, user: &str) -> Option<Account>;
    /// A role.
    fn role(&self, name: &str) -> Option<Role>;
}

/// Why a caller is turned away. The caller learns which of the two, the log learns why; neither learns a password.
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
}

/// Decides whether the bearer of this `Authorization` header may use what needs `permission`.
///
/// With `passwords` off (`BasicAuth: false`), the password is not looked at, but the user must still exist.
pub(crate) fn admit(
    accounts: &impl Accounts,
    authorization: Option<&HeaderValue>,
    passwords: bool,
    permission: Permission,
) -> Result<Caller, Denied> {
    let credentials = authorization.and_then(Credentials::parse);
    let user = credentials.as_ref().map(|it| it.user.clone()).unwrap_or_default();
    let account = accounts.account(&user);
    let unknown = |user, reason| Err(Denied::Unknown { user, reason });
    let account = match (credentials, account) {
        (None, _) if passwords => return unknown(user, "no credentials, or malformed ones"),
        (Some(_), None) if passwords => return unknown(user, "no such user"),
        (Some(credentials), Some(account)) if passwords && !account.accepts(&credentials.password) => {
            return unknown(user, "wrong password");
        }
        (_, Some(account)) => account,
        (_, None) => {
            return Err(Denied::Forbidden {
                user,
                reason: "no such user".to_owned(),
            });
        }
    };
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
