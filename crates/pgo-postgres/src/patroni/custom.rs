//! What a user may say in a custom `postgres-ha.yaml`.
//!
//! Patroni's file can name programs to run and move the leader lock elsewhere. Only the keys below are taken over;
//! everything else is reported and left out, so that one bad key does not keep a database from starting.

use serde_json::{Map, Value};

use crate::parameter::{self, Parameters};
use crate::{hba, yaml};

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Custom {
    /// Settings of the dynamic configuration besides PostgreSQL's, by Patroni's names.
    pub dynamic: Map<String, Value>,
    /// Parameters for all instances, used when the cluster is born.
    pub shared: Parameters,
    /// Parameters of this instance; they beat the shared ones.
    pub local: Parameters,
    /// Additional `pg_hba` rules.
    pub pg_hba: Vec<String>,
}

/// Settings of `bootstrap.dcs` that a user may choose.
const DYNAMIC: &[&str] = &[
    "failsafe_mode",
    "loop_wait",
    "maximum_lag_on_failover",
    "maximum_lag_on_syncnode",
    "member_slots_ttl",
    "primary_start_timeout",
    "primary_stop_timeout",
    "retry_timeout",
    "synchronous_mode",
    "synchronous_mode_strict",
    "synchronous_node_count",
    "ttl",
];

impl Custom {
    /// Reads a file. Complaints are about keys that were left out; an unreadable file leaves everything out.
    pub fn parse(text: &str) -> (Self, Vec<String>) {
        Self::read(text).unwrap_or_else(|error| {
            let complaint = format!("postgres-ha.yaml cannot be read: {error}");
            (Self::default(), vec![complaint])
        })
    }

    /// Reads a file, or says why it cannot be read. Complaints are about keys that were left out.
    pub fn read(text: &str) -> Result<(Self, Vec<String>), yaml::Error> {
        let mut custom = Self::default();
        let mut complaints = Vec::new();
        let file: Option<Map<String, Value>> = yaml::from_str(text)?;
        custom.take(file.unwrap_or_default(), &mut complaints);
        Ok((custom, complaints))
    }

    /// Lets what `later` says win over what `self` says.
    #[must_use]
    pub fn overlaid_by(mut self, later: Self) -> Self {
        self.dynamic.extend(later.dynamic);
        self.shared = self.shared.overlaid_by(later.shared);
        self.local = self.local.overlaid_by(later.local);
        self.pg_hba.extend(later.pg_hba);
        self
    }

    fn take(&mut self, file: Map<String, Value>, complaints: &mut Vec<String>) {
        for (key, value) in file {
            match (key.as_str(), value) {
                ("bootstrap", Value::Object(bootstrap)) => self.take_bootstrap(bootstrap, complaints),
                ("postgresql", Value::Object(postgresql)) => {
                    self.take_postgresql("postgresql", postgresql, complaints);
                }
                (key, _) => complaints.push(refused(key)),
            }
        }
    }

    fn take_bootstrap(&mut self, bootstrap: Map<String, Value>, complaints: &mut Vec<String>) {
        for (key, value) in bootstrap {
            match (key.as_str(), value) {
                ("dcs", Value::Object(dcs)) => self.take_dynamic(dcs, complaints),
                // 4.2 wrote it into its own file; how a database is made is decided by the agent.
                ("initdb", _) => (),
                (key, _) => complaints.push(refused(&format!("bootstrap.{key}"))),
            }
        }
    }

    fn take_dynamic(&mut self, dcs: Map<String, Value>, complaints: &mut Vec<String>) {
        for (key, value) in dcs {
            match (key.as_str(), value) {
                ("postgresql", Value::Object(postgresql)) => {
                    self.take_postgresql("bootstrap.dcs.postgresql", postgresql, complaints);
                }
                ("master_start_timeout", value @ Value::Number(_)) => {
                    self.dynamic.insert("primary_start_timeout".to_owned(), value);
                }
                (key, value @ (Value::Number(_) | Value::Bool(_))) if DYNAMIC.contains(&key) => {
                    self.dynamic.insert(key.to_owned(), value);
                }
                // Always on, or only true; written into the operator's own file.
                ("check_timeline", Value::Bool(true)) => (),
                (key, _) => complaints.push(refused(&format!("bootstrap.dcs.{key}"))),
            }
        }
    }

    fn take_postgresql(&mut self, at: &str, section: Map<String, Value>, complaints: &mut Vec<String>) {
        let shared = at.starts_with("bootstrap");
        for (key, value) in section {
            match (key.as_str(), value) {
                ("parameters", Value::Object(parameters)) => {
                    let taken = if shared { &mut self.shared } else { &mut self.local };
                    take_parameters(at, parameters, taken, complaints);
                }
                ("pg_hba", Value::Array(rules)) => {
                    for rule in rules {
                        match hba::parse(rule.as_str().unwrap_or_default()) {
                            Ok(rule) => self.pg_hba.push(rule),
                            Err(complaint) => complaints.push(complaint),
                        }
                    }
                }
                (
                    "use_pg_rewind"
                    | "use_slots"
                    | "remove_data_directory_on_rewind_failure"
                    | "remove_data_directory_on_diverged_timelines",
                    Value::Bool(_),
                ) if shared => (),
                (key, _) => complaints.push(refused(&format!("{at}.{key}"))),
            }
        }
    }
}

fn take_parameters(at: &str, from: Map<String, Value>, into: &mut Parameters, complaints: &mut Vec<String>) {
    for (name, value) in from {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "on".to_owned(),
            Value::Bool(false) => "off".to_owned(),
            _ => {
                complaints.push(format!(
                    "{at}.parameters.{name} is neither a text, a number nor a boolean"
                ));
                continue;
            }
        };
        if parameter::is_reserved(&name) {
            complaints.push(format!("{at}.parameters.{name} is set by pgo and was left out"));
        } else if !parameter::is_name(&name) || value.chars().any(char::is_control) {
            complaints.push(format!(
                "{at}.parameters.{name:?} is no parameter and was left out"
            ));
        } else {
            into.0.insert(name, value);
        }
    }
}

fn refused(key: &str) -> String {
    format!("postgres-ha.yaml: {key} is not a setting that may be customised and was left out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patroni::dcs::{Dynamic, Timing};

    #[test]
    fn what_the_operator_writes_is_taken_without_complaint() {
        let text = Dynamic {
            parameters: Parameters::default().with("archive_timeout", "60"),
            ..Dynamic::default()
        }
        .render()
        .unwrap();
        let (custom, complaints) = Custom::parse(&text);
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(custom.dynamic["ttl"], Timing::FAST.ttl);
        assert_eq!(custom.shared.0["archive_timeout"], "60");
    }

    #[test]
    fn programs_and_the_lock_are_out_of_reach() {
        let (custom, complaints) = Custom::parse(
            "bootstrap:\n  method: evil\n  post_bootstrap: rm\n  dcs:\n    postgresql: {parameters: {archive_command: x, work_mem: 8MB}}\n\
             postgresql:\n  callbacks: {on_start: x}\n  bin_dir: /tmp\n  parameters: {jit: false}\nkubernetes: {namespace: other}\n",
        );
        assert_eq!(custom.shared, Parameters::default().with("work_mem", "8MB"));
        assert_eq!(custom.local, Parameters::default().with("jit", "off"));
        assert!(custom.dynamic.is_empty());
        assert_eq!(complaints.len(), 6, "{complaints:#?}");
    }

    #[test]
    fn an_unreadable_file_changes_nothing() {
        let (custom, complaints) = Custom::parse("bootstrap: [");
        assert_eq!(custom, Custom::default());
        assert_eq!(complaints.len(), 1);
    }
}
