//! Users and roles where they are kept: as Secrets of the operator's namespace, in the shape that 4.2 gave them.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_kube::{Error, Office};
use pgo_plan::labels::{CRUNCHYDATA, VENDOR, is_label_value};
use pgo_plan::names::is_dns_subdomain;
use tracing::{info, warn};

use super::{Account, Accounts, Role};

/// The label that says who made a Secret.
pub(crate) const CREATED_BY: &str = "pgo-created-by";
/// The label that says who changed it last.
const UPDATED_BY: &str = "pgo-updated-by";

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A user of the API server.
    User,
    /// What its users may do.
    Role,
}

impl Kind {
    /// The name of the Secret.
    pub(crate) fn secret(self, name: &str) -> String {
        match self {
            Self::User => format!("pgouser-{name}"),
            Self::Role => format!("pgorole-{name}"),
        }
    }

    /// The key and label that holds the name.
    pub(crate) fn name_key(self) -> &'static str {
        match self {
            Self::User => "username",
            Self::Role => "rolename",
        }
    }

    /// Whether a Secret is one: its name says so, as in 4.2, where those that somebody made by hand have no labels.
    fn is(self, secret: &Secret) -> bool {
        let called = secret.metadata.name.as_deref().unwrap_or_default();
        called.starts_with(&self.secret(""))
    }

    fn mark(self) -> &'static str {
        match self {
            Self::User => "pgo-pgouser",
            Self::Role => "pgo-pgorole",
        }
    }
}

/// One of them, as far as the watch has told.
pub(crate) fn find(office: &Office, kind: Kind, name: &str) -> Option<Arc<Secret>> {
    office.secret(&kind.secret(name))
}

/// One of them, as it is now.
pub(crate) async fn look_up(office: &Office, kind: Kind, name: &str) -> Result<Option<Secret>, Error> {
    let called = kind.secret(name);
    // What no Secret can be called must not become part of an address.
    if !is_dns_subdomain(&called) {
        return Ok(None);
    }
    office.find_secret(&called).await
}

/// All of them, by name, as far as the watch has told.
pub(crate) fn all(office: &Office, kind: Kind) -> Vec<Arc<Secret>> {
    let mut all = office.secrets(|secret| kind.is(secret));
    all.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    all
}

/// All of them, in no order, as they are now.
pub(crate) async fn all_now(office: &Office, kind: Kind) -> Result<Vec<Secret>, Error> {
    let mut all = office.list_secrets().await?;
    all.retain(|secret| kind.is(secret));
    Ok(all)
}

/// The name of a user or role: what its Secret says, and if it says nothing, what the Secret is called.
pub(crate) fn name_of(kind: Kind, secret: &Secret) -> &str {
    let labels = secret.metadata.labels.as_ref();
    let said = labels.and_then(|labels| labels.get(kind.name_key()));
    let called = secret.metadata.name.as_deref().unwrap_or_default();
    said.map_or_else(
        || called.strip_prefix(&kind.secret("")).unwrap_or(called),
        String::as_str,
    )
}

/// One that does not exist yet.
pub(crate) fn new(office: &Office, kind: Kind, name: &str, creator: &str, data: &[(&str, &str)]) -> Secret {
    let named = [(kind.mark(), "true"), (kind.name_key(), name)];
    let data: Vec<_> = [(kind.name_key(), name)].iter().chain(data).copied().collect();
    opaque(office, kind.secret(name), creator, &named, &data)
}

/// A Secret of ours.
pub(super) fn opaque(
    office: &Office,
    name: String,
    creator: &str,
    labels: &[(&str, &str)],
    data: &[(&str, &str)],
) -> Secret {
    let common = [(VENDOR, CRUNCHYDATA), (CREATED_BY, creator)];
    let labels = labels
        .iter()
        .chain(&common)
        .filter(|(_, value)| is_label_value(value));
    Secret {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(office.name().to_owned()),
            labels: Some(
                labels
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
            ),
            ..ObjectMeta::default()
        },
        data: Some(data.iter().map(entry).collect()),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    }
}

/// Changes some entries, unless somebody else has changed it since `seen`: that is a conflict.
pub(crate) async fn change(
    office: &Office,
    seen: &Secret,
    updater: &str,
    data: &[(&str, &str)],
) -> Result<(), Error> {
    let updater = Some(updater).filter(|updater| is_label_value(updater));
    let changed = Secret {
        metadata: ObjectMeta {
            name: seen.metadata.name.clone(),
            resource_version: seen.metadata.resource_version.clone(),
            labels: updater.map(|updater| [(UPDATED_BY.to_owned(), updater.to_owned())].into()),
            ..ObjectMeta::default()
        },
        data: Some(data.iter().map(entry).collect()),
        ..Secret::default()
    };
    office.change_secret(&changed).await.map(drop)
}

fn entry((key, value): &(&str, &str)) -> (String, ByteString) {
    ((*key).to_owned(), ByteString(value.as_bytes().to_vec()))
}

impl Accounts for Office {
    fn account(&self, user: &str) -> Option<Account> {
        find(self, Kind::User, user).map(|secret| Account::read(&secret))
    }

    fn role(&self, name: &str) -> Option<Role> {
        find(self, Kind::Role, name).map(|secret| Role::read(&secret))
    }
}

/// Keeps a hash instead of the clear text that 4.2 kept, unless the account has changed meanwhile.
pub(crate) async fn keep_hash(office: &Office, account: &Account, hash: &str) -> Result<(), Error> {
    let seen = Secret {
        metadata: ObjectMeta {
            name: Some(account.secret.clone()),
            resource_version: Some(account.version.resource_version.clone()),
            ..ObjectMeta::default()
        },
        ..Secret::default()
    };
    match change(office, &seen, "upgrade", &[("password", hash)]).await {
        Ok(()) => {
            info!(
                secret = account.secret,
                "a password in clear text is kept hashed from now on"
            );
            Ok(())
        }
        // Another server was faster, or there is another password.
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The same on the way of a request, which goes on whatever comes of it.
pub(crate) async fn keep_hash_if_possible(office: &Office, account: &Account, hash: &str) {
    if let Err(error) = keep_hash(office, account, hash).await {
        warn!(
            secret = account.secret,
            error = pgo_kube::chain(&error),
            "a password stays in clear text: it cannot be written"
        );
    }
}
