//! PostgreSQL parameters and who may set them.
//!
//! The settings of an instance are merged in this order; a later source wins:
//!
//! 1. [`defaults`]: what pgo thinks is right for every cluster;
//! 2. [`of_volume`]: what depends on the size of the volume of the instance that brings the cluster to life;
//! 3. the operator's file, key `postgres-ha.yaml` of the cluster's ConfigMap;
//! 4. the user's custom configuration, without the parameters of [`is_reserved`];
//! 5. what must hold for failover, archiving and TLS to work; the agent sets it in the local configuration of each
//!    instance, which beats the shared one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A set of parameters by name; values as PostgreSQL writes them, without quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(pub BTreeMap<String, String>);

impl Parameters {
    /// Sets one parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Takes over everything of `later`, which wins.
    #[must_use]
    pub fn overlaid_by(mut self, later: Self) -> Self {
        self.0.extend(later.0);
        self
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// What pgo thinks is right for every cluster: a silent peer is noticed within seconds, WAL is archived each minute.
pub fn defaults() -> Parameters {
    [
        ("archive_timeout", "60"),
        ("log_destination", "stderr"),
        ("log_directory", "pg_log"),
        (
            "log_line_prefix",
            "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        ),
        ("log_min_duration_statement", "60000"),
        ("log_statement", "none"),
        ("logging_collector", "off"),
        ("max_connections", "100"),
        // For every replica that a cluster may have, and for those whose pods were just replaced.
        ("max_replication_slots", "128"),
        ("max_wal_senders", "128"),
        // After a crash or a restore, one call for the volume instead of one for each file.
        ("recovery_init_sync_method", "syncfs"),
        ("shared_buffers", "128MB"),
        ("tcp_keepalives_count", "3"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("temp_buffers", "8MB"),
        ("tcp_user_timeout", "11000"),
        ("wal_keep_size", "128MB"),
        ("wal_receiver_timeout", "5s"),
        ("wal_sender_timeout", "5s"),
        ("wal_retrieve_retry_interval", "1s"),
        ("work_mem", "4MB"),
    ]
    .into_iter()
    .collect()
}

/// How much WAL may stay on a volume of so many bytes: a quarter of it before there is a checkpoint, a tenth for replicas
/// that are behind; never more than `PostgreSQL`'s own default and ours. Otherwise WAL alone fills a small volume, and
/// `PostgreSQL` cannot start on a full one.
pub fn of_volume(bytes: u64) -> Parameters {
    let megabytes = bytes / (1 << 20);
    let most = (megabytes / 4).clamp(64, 1024);
    let least = most.min(80);
    let kept = (megabytes / 10).min(128);
    [
        ("max_wal_size", format!("{most}MB")),
        ("min_wal_size", format!("{least}MB")),
        ("wal_keep_size", format!("{kept}MB")),
    ]
    .into_iter()
    .collect()
}

/// Parameters that pgo sets itself on every instance, because failover, archiving, encryption or the sockets depend
/// on them, and those that would run a program of the writer's choice. Custom configuration may not name them.
const RESERVED: &[&str] = &[
    "allow_alter_system",
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "archive_mode",
    "cluster_name",
    "config_file",
    "data_directory",
    "dynamic_library_path",
    "external_pid_file",
    "hba_file",
    "hot_standby",
    "ident_file",
    "listen_addresses",
    "local_preload_libraries",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "recovery_end_command",
    "restore_command",
    "session_preload_libraries",
    "ssl",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_key_file",
    "ssl_passphrase_command",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
    "wal_log_hints",
];

/// Whether custom configuration may not name this parameter.
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str()) || name.starts_with("recovery_target")
}

/// Whether the text can be the name of a parameter, an extension's included.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.$".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_source_wins() {
        let merged = defaults().overlaid_by(Parameters::default().with("archive_timeout", "5"));
        assert_eq!(merged.0["archive_timeout"], "5");
        assert_eq!(merged.0["wal_sender_timeout"], "5s");
    }

    #[test]
    fn wal_takes_a_part_of_a_small_volume_and_what_is_usual_of_a_large_one() {
        let of = |megabytes: u64| {
            let parameters = of_volume(megabytes << 20).0;
            ["max_wal_size", "min_wal_size", "wal_keep_size"].map(|name| parameters[name].clone())
        };
        assert_eq!(of(100), ["64MB", "64MB", "10MB"]);
        assert_eq!(of(459), ["114MB", "80MB", "45MB"]);
        assert_eq!(of(974), ["243MB", "80MB", "97MB"]);
        assert_eq!(of(1 << 20), ["1024MB", "80MB", "128MB"]);
    }

    #[test]
    fn a_program_or_the_lock_cannot_be_slipped_in_however_it_is_spelled() {
        assert!(is_reserved("Archive_Command"));
        assert!(is_reserved("recovery_target_timeline"));
        assert!(!is_reserved("work_mem"));
    }
}
