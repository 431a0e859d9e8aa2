//! Versions of PostgreSQL.

use std::fmt;
use std::str::FromStr;

/// A released version such as 17.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostgresVersion {
    /// The part that decides whether a data directory can be read.
    pub major: u16,
    /// The part that only fixes defects.
    pub minor: u16,
}

/// The text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no PostgreSQL version (17 or 17.6 would be)")]
pub struct NoVersion(String);

impl FromStr for PostgresVersion {
    type Err = NoVersion;

    /// Reads `17`, `17.6` and what `postgres --version` prints.
    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let refuse = || NoVersion(text.to_owned());
        let number = text
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .ok_or_else(refuse)?;
        let mut parts = number.splitn(2, '.');
        let major = parts
            .next()
            .and_then(|part| part.parse().ok())
            .ok_or_else(refuse)?;
        // A pre-release such as 18beta1 has no minor part and is refused: we do not run those.
        let minor = match parts.next() {
            Some(part) => part.parse().map_err(|_| refuse())?,
            None => 0,
        };
        Ok(Self { major, minor })
    }
}

impl fmt::Display for PostgresVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_prints_is_read() {
        let version: PostgresVersion = "postgres (PostgreSQL) 17.6 (Debian 17.6-1)".parse().unwrap();
        assert_eq!(version, PostgresVersion { major: 17, minor: 6 });
        assert_eq!("15".parse::<PostgresVersion>().unwrap().to_string(), "15.0");
    }

    #[test]
    fn other_words_are_refused() {
        assert!("latest".parse::<PostgresVersion>().is_err());
        assert!("17.x".parse::<PostgresVersion>().is_err());
    }
}
