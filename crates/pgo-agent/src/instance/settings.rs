//! What an instance is told by its environment, and where things are in its container.
//!
//! Everything is looked at before anything is started: a container that cannot work says why in one sentence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pgo_postgres::pgbackrest::command::Stanza;
use serde::{Deserialize, Serialize};

use super::files::{self, FileError};

/// The environment, by name.
pub(crate) type Environment = BTreeMap<String, String>;

/// Where the agent's own HTTPS server listens.
pub(crate) const AGENT_PORT: u16 = 8010;

/// All of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The cluster, and its Service and endpoint slice.
    pub(crate) cluster: String,
    /// This instance: its Deployment.
    pub(crate) instance: String,
    /// The name of its data directory: the instance's, or that of the one that made the volume.
    pub(crate) directory: String,
    /// The pod, and Patroni's member.
    pub(crate) pod: String,
    pub(crate) namespace: String,
    pub(crate) node: String,
    pub(crate) address: String,
    pub(crate) port: u16,
    /// Patroni's name of the cluster, and the label that carries it.
    pub(crate) scope: String,
    pub(crate) scope_label: String,
    /// The ordinary database and its user.
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) synchronous: bool,
    /// Whether a replica that cannot follow any more is made anew.
    pub(crate) reinitialize: bool,
    /// Whether a new cluster may be made here.
    pub(crate) may_bootstrap: bool,
    pub(crate) stanza: Stanza,
    pub(crate) repo_host: String,
    pub(crate) places: Places,
    pub(crate) rules: Rules,
}

/// Where things are. Fixed in a container; tests put them elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Places {
    /// The volume.
    pub(crate) volume: PathBuf,
    /// What the operator mounts: credentials, certificates, configuration.
    pub(crate) conf: PathBuf,
    /// The only other place that can be written.
    pub(crate) tmp: PathBuf,
    /// PostgreSQL's programs.
    pub(crate) bin: PathBuf,
    /// Patroni's program.
    pub(crate) patroni: PathBuf,
}

/// The supervisor's rules. Each can be switched off, to see in a test what it is good for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
pub(crate) struct Rules {
    /// Patroni has ended: kill everything and give the lock back.
    pub(crate) release_on_death: bool,
    /// The lock is still that of the previous life of this volume: give it back at once.
    pub(crate) release_on_start: bool,
    /// Patroni makes no progress: kill everything and give the lock back.
    pub(crate) watchdog: bool,
    /// A postmaster was killed: kill the backends it left, and wake Patroni.
    pub(crate) orphans: bool,
    /// We hold the lock, but no postmaster runs: kill everything and give the lock back.
    pub(crate) no_postmaster: bool,
    /// We hold the lock: send the cluster's traffic here.
    pub(crate) traffic: bool,
    /// The leader is silent: give the lock back if its container is dead, and wake Patroni when it expires.
    pub(crate) witness: bool,
    /// Asked to stop as the primary: give the lock back as soon as nothing can commit.
    pub(crate) handover: bool,
    /// Make the data directory of a new cluster while Patroni starts.
    pub(crate) early_birth: bool,
}

impl Settings {
    /// Reads the environment; one sentence about the first thing that is missing or wrong.
    pub(crate) fn from(env: &Environment) -> Result<Self, String> {
        let cluster = required(env, "PGHA_CLUSTER")?;
        let instance = required(env, "PGHA_INSTANCE")?;
        let directory = optional(env, "PGHA_DATA_DIRECTORY", &instance);
        for (name, value) in [("PGHA_INSTANCE", &instance), ("PGHA_DATA_DIRECTORY", &directory)] {
            if !is_name(value) {
                return Err(format!(
                    "{name} is {value:?}, which cannot be the name of a directory"
                ));
            }
        }
        Ok(Self {
            pod: required(env, "PATRONI_NAME")?,
            namespace: required(env, "PATRONI_KUBERNETES_NAMESPACE")?,
            node: optional(env, "PGHA_NODE", ""),
            address: address(env)?,
            port: number(env, "PGHA_PG_PORT", 5432)?,
            scope: optional(env, "PATRONI_SCOPE", &cluster),
            scope_label: optional(env, "PATRONI_KUBERNETES_SCOPE_LABEL", "crunchy-pgha-scope"),
            database: optional(env, "PGHA_DATABASE", "userdb"),
            user: required(env, "PGHA_USER")?,
            synchronous: switch(env, "PGHA_SYNC_REPLICATION", false)?,
            reinitialize: switch(env, "PGHA_REPLICA_REINIT_ON_START_FAIL", true)?,
            may_bootstrap: switch(env, "PGHA_INIT", false)?,
            stanza: Stanza(optional(env, "PGBACKREST_STANZA", "db")),
            repo_host: optional(
                env,
                "PGBACKREST_REPO1_HOST",
                &format!("{cluster}-backrest-shared-repo"),
            ),
            places: Places::from(env)?,
            rules: Rules::from(env)?,
            cluster,
            instance,
            directory,
        })
    }

    /// Reads what [`Settings::remember`] wrote.
    pub(crate) fn recall(env: &Environment) -> Result<Self, String> {
        let path = notes(Path::new(&optional(env, "PGHA_TMP", "/tmp")));
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}; does the supervisor run?", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes everything down for the helpers that Patroni calls. There is no secret in it.
    pub(crate) fn remember(&self) -> Result<(), FileError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        files::write_private(&notes(&self.places.tmp), text.as_bytes())
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.places.volume.join(&self.directory)
    }

    /// Patroni's object that carries the leader lock.
    pub(crate) fn leader_object(&self) -> String {
        format!("{}-leader", self.scope)
    }
}

impl Places {
    fn from(env: &Environment) -> Result<Self, String> {
        let bin = match env.get("PGHA_BIN_DIR") {
            Some(bin) => PathBuf::from(bin),
            None => newest_bin(Path::new("/usr/lib/postgresql"))?,
        };
        Ok(Self {
            volume: optional(env, "PGHA_VOLUME", "/pgdata").into(),
            conf: optional(env, "PGHA_CONF", "/pgconf").into(),
            tmp: optional(env, "PGHA_TMP", "/tmp").into(),
            bin,
            patroni: optional(env, "PGHA_PATRONI", "/usr/bin/patroni").into(),
        })
    }

    /// Where everything goes that this container renders for itself.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.tmp.join("pgo-agent")
    }

    /// Where Patroni's callbacks and the other commands of this program find the supervisor.
    pub(crate) fn socket(&self) -> PathBuf {
        self.scratch().join("agent.sock")
    }

    /// pgBackRest's configuration.
    pub(crate) fn pgbackrest_conf(&self) -> PathBuf {
        self.tmp.join("pgbackrest/pgbackrest.conf")
    }
}

impl Rules {
    fn from(env: &Environment) -> Result<Self, String> {
        let on = |name: &str| switch(env, &format!("PGHA_RULE_{name}"), true);
        Ok(Self {
            release_on_death: on("RELEASE_ON_DEATH")?,
            release_on_start: on("RELEASE_ON_START")?,
            watchdog: on("WATCHDOG")?,
            orphans: on("ORPHANS")?,
            no_postmaster: on("NO_POSTMASTER")?,
            traffic: on("TRAFFIC")?,
            witness: on("WITNESS")?,
            handover: on("HANDOVER")?,
            early_birth: on("EARLY_BIRTH")?,
        })
    }
}

/// Where [`Settings::remember`] writes.
fn notes(tmp: &Path) -> PathBuf {
    tmp.join("pgo-agent/settings.json")
}

/// The programs of the newest PostgreSQL of the image.
fn newest_bin(root: &Path) -> Result<PathBuf, String> {
    let versions = std::fs::read_dir(root).into_iter().flatten().flatten();
    versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u16>().ok())
        .map(|version| (version, root.join(version.to_string()).join("bin")))
        .filter(|(_, bin)| bin.join("postgres").exists())
        .max()
        .map(|(_, bin)| bin)
        .ok_or_else(|| format!("no PostgreSQL was found below {}", root.display()))
}

fn required(env: &Environment, name: &str) -> Result<String, String> {
    env.get(name)
        .filter(|value| !value.is_empty())
        .cloned()
        .ok_or_else(|| format!("the environment variable {name} is not set"))
}

fn optional(env: &Environment, name: &str, default: &str) -> String {
    env.get(name)
        .filter(|value| !value.is_empty())
        .map_or_else(|| default.to_owned(), Clone::clone)
}

fn switch(env: &Environment, name: &str, default: bool) -> Result<bool, String> {
    match env.get(name).map(String::as_str) {
        None | Some("") => Ok(default),
        Some("true" | "on" | "yes" | "1") => Ok(true),
        Some("false" | "off" | "no" | "0") => Ok(false),
        Some(other) => Err(format!(
            "the environment variable {name} is {other:?}, it must be true or false"
        )),
    }
}

fn number(env: &Environment, name: &str, default: u16) -> Result<u16, String> {
    match env.get(name).filter(|value| !value.is_empty()) {
        None => Ok(default),
        Some(text) => {
            text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                format!("the environment variable {name} is {text:?}, it must be a port number")
            })
        }
    }
}

fn address(env: &Environment) -> Result<String, String> {
    let text = required(env, "PGHA_POD_IP")?;
    text.parse::<std::net::IpAddr>()
        .map(|address| address.to_string())
        .map_err(|_| format!("the environment variable PGHA_POD_IP is {text:?}, which is no address"))
}

fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        [
            ("PGHA_CLUSTER", "hippo"),
            ("PGHA_INSTANCE", "hippo"),
            ("PGHA_USER", "testuser"),
            ("PATRONI_NAME", "hippo-abc"),
            ("PATRONI_KUBERNETES_NAMESPACE", "pgouser1"),
            ("PGHA_POD_IP", "10.0.0.9"),
            ("PGHA_BIN_DIR", "/bin"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn complaint(name: &str, value: &str) -> String {
        let mut env = environment();
        env.insert(name.to_owned(), value.to_owned());
        Settings::from(&env).unwrap_err()
    }

    #[test]
    fn a_complete_environment_is_understood() {
        let settings = Settings::from(&environment()).unwrap();
        assert_eq!(settings.data(), Path::new("/pgdata/hippo"));
        assert_eq!(settings.leader_object(), "hippo-leader");
        assert_eq!(settings.repo_host, "hippo-backrest-shared-repo");
        assert!(settings.rules.watchdog && !settings.may_bootstrap);
    }

    #[test]
    fn the_data_may_be_those_of_an_instance_of_another_name() {
        let mut env = environment();
        env.insert("PGHA_DATA_DIRECTORY".to_owned(), "hippo-vcpv".to_owned());
        let settings = Settings::from(&env).unwrap();
        assert_eq!(settings.data(), Path::new("/pgdata/hippo-vcpv"));
        assert_eq!(settings.instance, "hippo");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
        assert_eq!(
            complaint("PGHA_CLUSTER", ""),
            "the environment variable PGHA_CLUSTER is not set"
        );
        for name in ["PGHA_INSTANCE", "PGHA_DATA_DIRECTORY"] {
            assert!(complaint(name, "../etc").contains("cannot be the name of a directory"));
        }
        assert!(complaint("PGHA_POD_IP", "x").contains("no address"));
        assert!(complaint("PGHA_INIT", "maybe").contains("true or false"));
        assert!(complaint("PGHA_RULE_WATCHDOG", "perhaps").contains("PGHA_RULE_WATCHDOG"));
    }
}
