//! Passwords, and what PostgreSQL stores instead of them.

use std::fmt;

/// A text that must never be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted(String);

impl Redacted {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Every caller of this is a place to look at.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}

/// A user and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The role's name.
    pub username: String,
    /// Its password.
    pub password: Redacted,
}

/// Computes what PostgreSQL would store for this password, so that the password itself never travels in SQL.
pub fn scram_verifier(password: &Redacted) -> Redacted {
    Redacted(postgres_protocol::password::scram_sha_256(
        password.reveal().as_bytes(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let user = Credentials {
            username: "hippo".to_owned(),
            password: Redacted::new("datalake"),
        };
        assert!(!format!("{user:?}").contains("datalake"));
    }

    #[test]
    fn a_verifier_is_not_the_password() {
        let verifier = scram_verifier(&Redacted::new("datalake"));
        assert!(verifier.reveal().starts_with("SCRAM-SHA-256$4096:"));
        assert!(!verifier.reveal().contains("datalake"));
    }
}
