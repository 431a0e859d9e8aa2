//! Places in the write-ahead log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A position in the write-ahead log, in bytes since the beginning of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lsn(pub u64);

/// Counts promotions: each one starts a new history of the write-ahead log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(pub u32);

/// The text is no position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no position in the write-ahead log (0/3000060 would be)")]
pub struct NoLsn(String);

impl Lsn {
    /// How many bytes `self` is behind `other`; nothing when it is ahead.
    pub fn behind(self, other: Self) -> u64 {
        other.0.saturating_sub(self.0)
    }
}

impl FromStr for Lsn {
    type Err = NoLsn;

    /// Reads PostgreSQL's notation, two hexadecimal numbers around a slash.
    fn from_str(text: &str) -> Result<Self, NoLsn> {
        let half = |part: &str| {
            let hexadecimal = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            hexadecimal.then(|| u32::from_str_radix(part, 16).ok()).flatten()
        };
        text.split_once('/')
            .and_then(|(high, low)| Some(u64::from(half(high)?) << 32 | u64::from(half(low)?)))
            .map(Self)
            .ok_or_else(|| NoLsn(text.to_owned()))
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_that_is_ahead_is_not_behind() {
        assert_eq!(Lsn(5).behind(Lsn(7)), 2);
        assert_eq!(Lsn(7).behind(Lsn(5)), 0);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "/", "0", "0/", "+1/0", "0/100000000", "x/0"] {
            assert!(text.parse::<Lsn>().is_err(), "{text:?}");
        }
    }
}
