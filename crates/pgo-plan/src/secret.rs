//! Secrets as requests: the plan says what a Secret must hold, the hand that writes it draws the randomness.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

/// A Secret that is created if absent and never overwritten.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecretOnce {
    /// Name, namespace, labels, annotations.
    pub metadata: ObjectMeta,
    /// What it holds.
    pub content: SecretContent,
    /// What to do if there is none.
    pub absent: Absent,
}

/// What to do if a Secret does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Absent {
    /// Make it.
    Make,
    /// Complain: what it held is in use, and another would not fit.
    Complain,
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
}
