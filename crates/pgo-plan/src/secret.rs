//! Secrets as requests: the plan says what a Secret must hold, the hand that writes it draws the randomness.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

/// A Secret that is created if absent and never overwritten.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecretOnce {
    /// Name, namespace, labels, annotations.
    pub metadata: ObjectMeta,
    /// What it holds.
    pub content: SecretContent,
}

/// What a Secret holds when it is first written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum SecretContent {
    /// Keys `username` and `password`.
    Login {
        /// The name of the PostgreSQL role.
        username: String,
        /// Length of the random password, in characters (letters and digits).
        length: usize,
    },
    /// Keys `ca.crt` and `ca.key`: a certificate authority of this cluster's own.
    Authority {
        /// Common name of the authority.
        common_name: String,
    },
    /// Keys `ca.crt`, `tls.crt`, `tls.key`: a certificate for server and client use.
    Leaf {
        /// The Secret of the authority that signs.
        authority: String,
        /// Common name of the certificate.
        common_name: String,
        /// DNS names and IP addresses it is valid for.
        names: Vec<String>,
    },
    /// Fixed values, none of them secret when the plan is printed.
    Literal(BTreeMap<String, String>),
}
