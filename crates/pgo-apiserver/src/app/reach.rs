//! How far callers reach who may use some namespaces only: to accounts that are good for these alone, and to roles that
//! nobody else has. What a role allows is a part of every account that it is given to.

use k8s_openapi::api::core::v1::Secret;

use crate::auth::account::list;
use crate::auth::store::{self, Kind};
use crate::auth::{Account, Caller};
use crate::refusal::Refusal;

/// Refuses a caller to make, change or take over an account that is good for more than the caller's own.
pub(super) fn check_account(caller: &Caller, name: &str, namespaces: &[String]) -> Result<(), Refusal> {
    match excess(caller, name, namespaces) {
        None => Ok(()),
        Some(sentence) => Err(Refusal::Asked(sentence)),
    }
}

/// Refuses a caller to make, change or delete a role that such an account has, or waits for: one without its role may
/// do nothing until somebody makes it. `users` are all there are.
pub(super) fn check_role(caller: &Caller, role: &str, users: &[Secret]) -> Result<(), Refusal> {
    let beyond = |user: &Secret| {
        let account = Account::read(user);
        if !list(&account.roles).iter().any(|given| given == role) {
            return None;
        }
        excess(caller, store::name_of(Kind::User, user), &account.namespaces)
    };
    match users.iter().find_map(beyond) {
        None => Ok(()),
        Some(sentence) => Err(Refusal::Asked(format!(
            "pgorole {role:?} is not for this user alone: {sentence}"
        ))),
    }
}

/// Says how an account is good for more than the caller's own.
fn excess(caller: &Caller, name: &str, namespaces: &[String]) -> Option<String> {
    if caller.may_use_all(namespaces) {
        return None;
    }
    let which = match namespaces {
        [] => "all namespaces".to_owned(),
        some => format!("namespaces {}", some.join(", ")),
    };
    Some(format!(
        "pgouser {name:?} with {which} is more than user {:?} may use: ask somebody who may use them",
        caller.user
    ))
}
