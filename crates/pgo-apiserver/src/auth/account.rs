//! One user, as the Secret `pgouser-<name>` says.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Secret;

use super::password::Password;

/// One user of the API server.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Name of the Secret.
    pub(crate) secret: String,
    /// Which state of which Secret this is: another one may mean another password.
    pub(crate) version: Version,
    /// The password as it is kept.
    pub(crate) password: Password,
    /// Names of roles, a comma list in which blanks count.
    pub(crate) roles: String,
    /// The namespaces the user may use; empty means all.
    pub(crate) namespaces: Vec<String>,
}

/// A state of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    /// Of the Secret: one that is made again under its name has another.
    pub(crate) uid: String,
    /// Of the state.
    pub(crate) resource_version: String,
}

impl Account {
    /// Reads a Secret. What is missing is empty; an empty password lets nobody in.
    pub(crate) fn read(secret: &Secret) -> Self {
        let meta = &secret.metadata;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            secret: text(&meta.name),
            version: Version {
                uid: text(&meta.uid),
                resource_version: text(&meta.resource_version),
            },
            password: Password::read(entry(secret, "password")),
            roles: entry(secret, "roles"),
            namespaces: list(&entry(secret, "namespaces")),
        }
    }
}

/// The words of a comma list in which blanks do not count.
pub(crate) fn list(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The same words where their order and number say nothing.
pub(crate) fn set(text: &str) -> BTreeSet<String> {
    list(text).into_iter().collect()
}

/// One entry of a Secret as text; absent or undecodable ones are empty.
pub(crate) fn entry(secret: &Secret, key: &str) -> String {
    let bytes = secret.data.as_ref().and_then(|data| data.get(key));
    bytes
        .and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
        .unwrap_or_default()
}
