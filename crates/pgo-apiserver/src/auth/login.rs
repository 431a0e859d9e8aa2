//! How a login went, for the metrics.

use super::{Denied, Known};

/// What became of somebody's attempt to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// Let in: the same credentials were verified a short while ago.
    Remembered,
    /// Let in: the password was compared.
    Verified,
    /// Let in without a look at the password (`BasicAuth: false`).
    Unchecked,
    /// Turned away: no or malformed credentials, an unknown user, a wrong password.
    Refused,
    /// Turned away unheard: too many failures from the address.
    RateLimited,
    /// Turned away unheard: too many logins at once.
    Busy,
}

impl Login {
    /// Every one of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Remembered,
        Self::Verified,
        Self::Unchecked,
        Self::Refused,
        Self::RateLimited,
        Self::Busy,
    ];

    /// What an authentication came to.
    pub(crate) fn of(outcome: &Result<Known, Denied>) -> Self {
        match outcome {
            Ok(known) => known.login,
            Err(Denied::Unknown { .. } | Denied::Forbidden { .. }) => Self::Refused,
            Err(Denied::TooOften { .. }) => Self::RateLimited,
            Err(Denied::Busy { .. }) => Self::Busy,
        }
    }

    /// The label in the metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Remembered => "remembered",
            Self::Verified => "verified",
            Self::Unchecked => "unchecked",
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
        }
    }
}
