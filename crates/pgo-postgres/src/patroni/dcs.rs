//! Patroni's dynamic configuration: what all members of a cluster share.
//!
//! The operator renders it once into key `postgres-ha.yaml` of the cluster's ConfigMap, section `bootstrap.dcs`;
//! the first instance hands it to Patroni when the cluster is born. Nothing changes it afterwards.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::parameter::Parameters;
use crate::yaml;

/// Seconds that decide how fast a silent primary is replaced, and how long a primary may live without its lock.
///
/// `loop_wait + 2 * retry_timeout <= ttl` is the safety argument: a primary that last renewed its lock at `t` has
/// stopped itself before `t + ttl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// How long the lock lasts without being renewed.
    pub ttl: u32,
    /// Pause between two rounds of a member.
    pub loop_wait: u32,
    /// How long one read or write of the lock is tried.
    pub retry_timeout: u32,
}

impl Timing {
    /// As fast as is safe: a lost node costs at most `ttl + loop_wait` and an election.
    ///
    /// A `ttl` below 20 needs a Patroni whose lower limit was changed (our image does); any other raises it to 20.
    pub const FAST: Self = Self {
        ttl: 10,
        loop_wait: 2,
        retry_timeout: 3,
    };

    /// Whether the safety rule holds.
    pub fn is_safe(self) -> bool {
        self.loop_wait >= 1 && self.retry_timeout >= 3 && self.loop_wait + 2 * self.retry_timeout <= self.ttl
    }
}

/// Whether a commit waits for a replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Synchronous {
    /// Commits never wait; a failover may lose what was not yet streamed.
    #[default]
    Off,
    /// Commits wait for one replica as long as one is there; only that replica is promoted.
    On,
}

/// What the operator decides about a cluster's dynamic configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dynamic {
    /// How fast.
    pub timing: Timing,
    /// Whether commits wait for a replica.
    pub synchronous: Synchronous,
    /// A replica that is further behind than this many bytes is never promoted.
    pub maximum_lag_on_failover: u64,
    /// Parameters over the built-in [`crate::parameter::defaults`].
    pub parameters: Parameters,
    /// Settings of Patroni that win over ours, by Patroni's names.
    pub overrides: Map<String, Value>,
}

impl Default for Dynamic {
    fn default() -> Self {
        Self {
            timing: Timing::FAST,
            synchronous: Synchronous::Off,
            maximum_lag_on_failover: 1024 * 1024,
            parameters: Parameters::default(),
            overrides: Map::new(),
        }
    }
}

impl Dynamic {
    /// Renders key `postgres-ha.yaml` of the cluster's ConfigMap.
    pub fn render(&self) -> Result<String, yaml::Error> {
        let file = File {
            bootstrap: Bootstrap { dcs: self.document() },
        };
        if self.overrides.is_empty() {
            return yaml::to_string(&file);
        }
        let mut file = serde_json::to_value(file).map_err(|error| yaml::Error::Write(error.to_string()))?;
        for (name, value) in &self.overrides {
            file["bootstrap"]["dcs"][name] = value.clone();
        }
        yaml::to_string(&file)
    }

    /// The document that Patroni stores, as we would have it.
    pub fn document(&self) -> Document {
        Document {
            ttl: self.timing.ttl,
            loop_wait: self.timing.loop_wait,
            retry_timeout: self.timing.retry_timeout,
            maximum_lag_on_failover: self.maximum_lag_on_failover,
            check_timeline: true,
            failsafe_mode: true,
            // With a replica that has everything, promoting it beats crash recovery; without one, waiting for the
            // restart loses nothing.
            primary_start_timeout: if self.synchronous == Synchronous::Off {
                15
            } else {
                0
            },
            primary_stop_timeout: if self.synchronous == Synchronous::Off {
                0
            } else {
                5
            },
            synchronous_mode: self.synchronous != Synchronous::Off,
            synchronous_mode_strict: false,
            synchronous_node_count: 1,
            member_slots_ttl: 120,
            pause: None,
            postgresql: Postgresql {
                use_pg_rewind: true,
                use_slots: true,
                remove_data_directory_on_rewind_failure: true,
                remove_data_directory_on_diverged_timelines: true,
                parameters: self.parameters.clone(),
            },
        }
    }
}

/// The file: only the section that the operator writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Used once, when the cluster is born.
    pub bootstrap: Bootstrap,
}

/// Section `bootstrap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// The dynamic configuration.
    pub dcs: Document,
}

/// The dynamic configuration as Patroni reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are Patroni's own switches")]
pub struct Document {
    /// See [`Timing`].
    pub ttl: u32,
    /// See [`Timing`].
    pub loop_wait: u32,
    /// See [`Timing`].
    pub retry_timeout: u32,
    /// Bytes.
    pub maximum_lag_on_failover: u64,
    /// A replica on an older timeline does not take part in an election.
    pub check_timeline: bool,
    /// A primary that cannot reach Kubernetes goes on as long as all members say it is the primary.
    pub failsafe_mode: bool,
    /// Seconds a crashed primary gets to come back before a replica is promoted.
    pub primary_start_timeout: u32,
    /// Seconds a primary gets to stop in synchronous mode before it is killed; 0 is for ever.
    pub primary_stop_timeout: u32,
    /// Whether commits wait for a replica.
    pub synchronous_mode: bool,
    /// Whether they wait even when there is none.
    pub synchronous_mode_strict: bool,
    /// For how many.
    pub synchronous_node_count: u32,
    /// Seconds for which WAL is kept for a member that is gone. Members are called after their pods, so one whose pod is
    /// replaced never comes back, and its slot is one less for the others.
    pub member_slots_ttl: u32,
    /// Whether automatic failover is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<bool>,
    /// The part about PostgreSQL.
    pub postgresql: Postgresql,
}

/// Section `postgresql` of the dynamic configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are Patroni's own switches")]
pub struct Postgresql {
    /// A diverged primary is rewound.
    pub use_pg_rewind: bool,
    /// A primary keeps WAL for its replicas.
    pub use_slots: bool,
    /// What cannot be rewound is made anew.
    pub remove_data_directory_on_rewind_failure: bool,
    /// What has diverged and cannot be rewound is made anew.
    pub remove_data_directory_on_diverged_timelines: bool,
    /// Parameters.
    pub parameters: Parameters,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_timing_is_safe() {
        assert!(Timing::FAST.is_safe());
        assert!(
            !Timing {
                ttl: 7,
                ..Timing::FAST
            }
            .is_safe()
        );
    }

    #[test]
    fn what_is_rendered_is_read_back() {
        let dynamic = Dynamic {
            synchronous: Synchronous::On,
            parameters: Parameters::default().with("archive_timeout", "60"),
            ..Dynamic::default()
        };
        let file: File = yaml::from_str(&dynamic.render().unwrap()).unwrap();
        assert_eq!(file.bootstrap.dcs, dynamic.document());
    }

    #[test]
    fn overrides_win() {
        let usual = Dynamic::default();
        let mut slower = usual.clone();
        slower.overrides.insert("ttl".to_owned(), 30.into());
        let file: File = yaml::from_str(&slower.render().unwrap()).unwrap();
        let expected = Document {
            ttl: 30,
            ..usual.document()
        };
        assert_eq!(file.bootstrap.dcs, expected);
    }
}
