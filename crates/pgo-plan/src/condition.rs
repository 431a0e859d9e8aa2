//! Conditions as a pure merge: the time of a condition changes only when its truth does.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// A condition that holds or not, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    type_: &'static str,
    holds: bool,
    reason: String,
    message: String,
}

impl Claim {
    /// Says that a condition holds.
    pub(crate) fn yes(type_: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self {
            type_,
            holds: true,
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// Says that a condition does not hold.
    pub(crate) fn no(type_: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self {
            type_,
            holds: false,
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// Says that a condition has become false for the same reason as another one.
    pub(crate) fn because_of(&self, type_: &'static str) -> Self {
        Self {
            type_,
            ..self.clone()
        }
    }

    /// Whether the condition holds.
    pub(crate) fn holds(&self) -> bool {
        self.holds
    }

    /// The type of the condition.
    pub(crate) fn type_(&self) -> &'static str {
        self.type_
    }

    /// The reason.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// The message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn into_condition(self, old: &[Condition], now: Timestamp, generation: Option<i64>) -> Condition {
        let status = if self.holds { "True" } else { "False" };
        let before = find(old, self.type_);
        let since = before
            .filter(|before| before.status == status)
            .map(|before| before.last_transition_time.0);
        Condition {
            last_transition_time: Time(since.unwrap_or_else(|| to_second(now))),
            message: self.message,
            observed_generation: generation,
            reason: self.reason,
            status: status.into(),
            type_: self.type_.into(),
        }
    }
}

/// Puts claims in the place of the conditions of the same types; others stay.
pub(crate) fn merge(
    old: &[Condition],
    claims: Vec<Claim>,
    now: Timestamp,
    generation: Option<i64>,
) -> Vec<Condition> {
    let said: Vec<_> = claims
        .into_iter()
        .map(|claim| claim.into_condition(old, now, generation))
        .collect();
    let others = old
        .iter()
        .filter(|before| find(&said, &before.type_).is_none())
        .cloned();
    said.iter().cloned().chain(others).collect()
}

/// A condition by type.
pub(crate) fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Whether a condition is known and has this truth.
pub(crate) fn is(conditions: &[Condition], type_: &str, holds: bool) -> bool {
    find(conditions, type_).is_some_and(|found| found.status == if holds { "True" } else { "False" })
}

/// Kubernetes keeps times to the second; what is written must be what is read back.
pub(crate) fn to_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
