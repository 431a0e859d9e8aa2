//! What becomes of a policy: it is looked at, and waits until somebody applies it.

use jiff::Timestamp;
use pgo_crd::{Pgpolicy, PgpolicyStatus, state};

use crate::complaint;
use crate::condition::{self, Claim};
use crate::valid;

/// Says whether a policy makes sense.
pub fn status(policy: &Pgpolicy, now: Timestamp) -> PgpolicyStatus {
    let (state, message, accepted) = match valid::validate_policy(policy) {
        Ok(()) => (
            state::POLICY_PROCESSED,
            "Successfully processed Pgpolicy by controller".to_owned(),
            Claim::yes("Accepted", "Valid", "The policy makes sense"),
        ),
        Err(complaints) => {
            let why = complaint::joined(&complaints);
            let accepted = Claim::no("Accepted", "Invalid", &why);
            (state::POLICY_CREATED, why, accepted)
        }
    };
    let before = policy.status.iter().flat_map(|status| status.conditions.clone());
    PgpolicyStatus {
        state: state.into(),
        message,
        conditions: condition::merge(
            &before.collect::<Vec<_>>(),
            vec![accepted],
            now,
            policy.metadata.generation,
        ),
    }
}

#[cfg(test)]
mod tests {
    use pgo_crd::PgpolicySpec;

    use super::*;

    fn policy(name: &str, spec: PgpolicySpec) -> Pgpolicy {
        Pgpolicy::new(name, spec)
    }

    fn sql(text: &str) -> PgpolicySpec {
        PgpolicySpec {
            sql: text.into(),
            ..PgpolicySpec::default()
        }
    }

    fn url(text: &str) -> PgpolicySpec {
        PgpolicySpec {
            url: text.into(),
            ..PgpolicySpec::default()
        }
    }

    #[test]
    fn a_policy_with_sql_or_an_address_makes_sense_and_stays_so() {
        for spec in [sql("select 1"), url("https://example.com/a.sql")] {
            let mut policy = policy("pol1", spec);
            let first = status(&policy, Timestamp::UNIX_EPOCH);
            assert_eq!(first.state, "pgpolicy Processed");
            assert_eq!(first.conditions[0].status, "True");
            policy.status = Some(first.clone());
            assert_eq!(status(&policy, "2026-11-21T12:00:00Z".parse().unwrap()), first);
        }
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once_and_without_the_sql() {
        let spec = PgpolicySpec {
            name: "other".into(),
            ..sql("secret\0")
        };
        for (policy, words) in [
            (policy("Pol", sql("x")), "\"Pol\" is no name"),
            (policy("a.b", sql("x")), "is no name"),
            (policy("pol1", sql("")), "spec.sql: there is no SQL"),
            (policy("pol1", url("ftp://x")), "spec.url: is no address"),
            (policy("pol1", spec.clone()), "spec.sql: has zero bytes"),
            (policy("pol1", spec), "spec.name: is \"other\""),
        ] {
            let status = status(&policy, Timestamp::UNIX_EPOCH);
            let condition = &status.conditions[0];
            assert_eq!(
                (condition.status.as_str(), condition.reason.as_str()),
                ("False", "Invalid")
            );
            assert!(condition.message.contains(words), "{}", condition.message);
            assert!(!condition.message.contains("secret"), "{}", condition.message);
            assert_eq!(status.message, condition.message);
            assert_eq!(status.state, "pgpolicy Created");
        }
    }
}
