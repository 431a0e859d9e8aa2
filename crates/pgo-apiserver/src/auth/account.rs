//! One user, as the Secret `pgouser-<name>` says.

use k8s_openapi::api::core::v1::Secret;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// One user of the API server.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    password: Password,
    /// Names of roles, a comma list in which blanks count.
    pub(crate) roles: String,
    /// The namespaces the user may use; empty means all.
    pub(crate) namespaces: Vec<String>,
}

/// A password as it is kept. A hashed kind will stand beside the one of 4.2.
#[derive(Clone, Debug)]
enum Password {
    Clear(SecretString),
}

impl Account {
    /// Reads a Secret. What is missing is empty; an empty password lets nobody in.
    pub(crate) fn read(secret: &Secret) -> Self {
        Self {
            password: Password::Clear(entry(secret, "password").into()),
            roles: entry(secret, "roles"),
            namespaces: entry(secret, "namespaces")
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Compares in a time that says nothing about where or how the two differ.
    pub(crate) fn accepts(&self, attempt: &SecretString) -> bool {
        let Password::Clear(password) = &self.password;
        let digest = |text: &SecretString| Sha256::digest(text.expose_secret().as_bytes());
        let equal = bool::from(digest(password).as_slice().ct_eq(digest(attempt).as_slice()));
        equal && !password.expose_secret().is_empty()
    }
}

/// One entry of a Secret as text; absent or undecodable ones are empty.
pub(super) fn entry(secret: &Secret, key: &str) -> String {
    let bytes = secret.data.as_ref().and_then(|data| data.get(key));
    bytes
        .and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
        .unwrap_or_default()
}
