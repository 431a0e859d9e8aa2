//! The first account: without one, nobody could create the others.
//!
//! Its password is random. Whoever installs reads it from a Secret beside the account's own, which holds the hash only.

use k8s_openapi::api::core::v1::Secret;
use pgo_kube::{Error, Office};
use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use tracing::info;

use super::account::{Account, entry};
use super::password::{self, Password};
use super::store::{self, Kind};

/// Name of the first user and of its role.
pub(crate) const ADMIN: &str = "pgoadmin";
/// Who made them, as their Secrets say; 4.2's installers said the same.
const BOOTSTRAP: &str = "bootstrap";
/// The Secret that tells the first user's password, until it is changed.
pub(crate) const NOTE: &str = "pgo-first-account";
/// Length of that password.
const LENGTH: usize = 24;

/// Makes an administrator where there is no user at all, and hashes its password once it is written down.
///
/// Two servers may do this side by side: the account that was first counts, and the note is written from the account.
pub(crate) async fn first_account(office: &Office) -> anyhow::Result<()> {
    if store::all(office, Kind::User).is_empty() {
        let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), LENGTH));
        let of_account = [("password", password.expose_secret()), ("roles", ADMIN)];
        let role = store::new(office, Kind::Role, ADMIN, BOOTSTRAP, &[("permissions", "*")]);
        let account = store::new(office, Kind::User, ADMIN, BOOTSTRAP, &of_account);
        for secret in [role, account] {
            if let Some(created) = unless_there(office.create_secret(&secret).await)? {
                info!(secret = created.metadata.name, "made for the first user");
            }
        }
    }
    let Some(secret) = store::look_up(office, Kind::User, ADMIN)
        .await?
        .filter(is_bootstrap)
    else {
        return Ok(());
    };
    let account = Account::read(&secret);
    if let Password::Clear(password) = &account.password {
        write_down(office, password).await?;
        let password = password.clone();
        let hash = tokio::task::spawn_blocking(move || password::hash(&password)).await??;
        store::keep_hash(office, &account, &hash).await?;
    }
    Ok(())
}

/// Tears up the note: what it says is no longer so.
pub(crate) async fn forget(office: &Office) -> Result<(), Error> {
    match office.find_secret(NOTE).await? {
        Some(note) => office.delete_secret(&note).await,
        None => Ok(()),
    }
}

async fn write_down(office: &Office, password: &SecretString) -> Result<(), Error> {
    let data = [("username", ADMIN), ("password", password.expose_secret())];
    let note = store::opaque(office, NOTE.to_owned(), BOOTSTRAP, &[], &data);
    match office.find_secret(NOTE).await? {
        Some(there) if entry(&there, "password") == password.expose_secret() => Ok(()),
        Some(_) => office.change_secret(&note).await.map(drop),
        None => unless_there(office.create_secret(&note).await).map(drop),
    }
}

/// An object that is there already is as good as a new one.
fn unless_there(created: Result<Secret, Error>) -> Result<Option<Secret>, Error> {
    match created {
        Err(error) if error.is_already_exists() => Ok(None),
        answer => answer.map(Some),
    }
}

fn is_bootstrap(secret: &Secret) -> bool {
    let labels = secret.metadata.labels.as_ref();
    labels.is_some_and(|labels| labels.get(store::CREATED_BY).is_some_and(|by| by == BOOTSTRAP))
}

#[cfg(test)]
mod tests {
    use pgo_kube::testing::Server;
    use serde_json::json;

    use super::*;
    use crate::auth::{Accounts as _, password::Comparison};
    use crate::testing::{office, secret as raw, user};

    /// What the note says, if it is good for the account.
    async fn noted(server: &Server) -> Option<String> {
        let office = office(server).await;
        let note = entry(&*office.secret(NOTE)?, "password");
        let kept = office.account(ADMIN)?.password;
        assert!(matches!(kept, Password::Hashed(_)), "{kept:?}");
        (kept.compare(&note.as_str().into()) == Comparison::Same).then_some(note)
    }

    #[tokio::test]
    async fn the_first_password_is_written_down_and_its_account_has_the_hash() {
        let server = Server::default();
        first_account(&office(&server).await).await.unwrap();
        let first = noted(&server).await.unwrap();
        assert_eq!(first.len(), LENGTH);
        first_account(&office(&server).await).await.unwrap();
        assert_eq!(noted(&server).await.unwrap(), first);
        assert!(
            office(&server)
                .await
                .role(ADMIN)
                .unwrap()
                .allows(pgo_api::Permission::Clone)
        );
    }

    #[tokio::test]
    async fn whatever_write_is_lost_the_next_start_makes_it_good() {
        for write in 0..4 {
            let server = Server::default();
            server.fault(write, pgo_kube::testing::Fault::Refused(500));
            assert!(first_account(&office(&server).await).await.is_err(), "{write}");
            first_account(&office(&server).await).await.unwrap();
            assert!(noted(&server).await.is_some(), "after write {write}");
        }
    }

    #[tokio::test]
    async fn of_two_servers_that_start_together_one_makes_it() {
        let server = Server::default();
        let (one, other) = (office(&server).await, office(&server).await);
        let (one, other) = tokio::join!(first_account(&one), first_account(&other));
        one.unwrap();
        other.unwrap();
        assert!(noted(&server).await.is_some());
    }

    #[tokio::test]
    async fn where_there_is_a_user_none_is_made() {
        let server = Server::default();
        server.put(&user("hippo", "", ""));
        server.take_writes();
        first_account(&office(&server).await).await.unwrap();
        assert!(server.take_writes().is_empty());
    }

    #[tokio::test]
    async fn a_note_of_an_earlier_account_is_corrected() {
        let server = Server::default();
        let labels = json!({"pgo-note": "first-account", "vendor": "crunchydata"});
        server.put(&raw(NOTE, &labels, &[("password", "stale")]));
        first_account(&office(&server).await).await.unwrap();
        assert_ne!(noted(&server).await.unwrap(), "stale");
        let there = office(&server).await;
        forget(&there).await.unwrap();
        assert!(there.secret(NOTE).is_none());
    }
}
