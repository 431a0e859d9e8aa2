//! The file of one Patroni: who this member is, how it reaches the others, how it runs its PostgreSQL.
//!
//! Parameters come together in the order of [`crate::parameter`]. The shared ones go to the dynamic configuration
//! when the cluster is born; what must hold on every instance is forced locally, because local settings beat shared
//! ones whatever is patched later.

use serde_json::{Value, json};

use crate::parameter::{self, Parameters};
use crate::password::Credentials;
use crate::patroni::custom::Custom;
use crate::patroni::dcs::Dynamic;
use crate::patroni::member::{FOLLOWER_LABEL, LEADER_LABEL};
use crate::{hba, yaml};

/// Where Patroni's REST interface listens.
pub const REST_PORT: u16 = 8009;

/// Everything that is particular to one member.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of their own")]
pub struct Local {
    /// The cluster's name for Patroni.
    pub scope: String,
    /// The label of pods and objects that carries the scope.
    pub scope_label: String,
    /// The member's name: the pod's.
    pub name: String,
    /// Where the pod lives.
    pub namespace: String,
    /// Where others reach this member.
    pub address: String,
    /// PostgreSQL's port.
    pub port: u16,
    /// Whether this member may bring a new cluster to life.
    pub may_bootstrap: bool,
    /// Whether commits wait for a replica.
    pub synchronous: bool,
    /// Whether a member that has diverged and cannot be rewound is made anew; otherwise it waits for a person.
    pub reinitialize: bool,
    /// Whether this member must not become the primary.
    pub nofailover: bool,
    /// The superuser.
    pub superuser: Credentials,
    /// The role that replicates and rewinds.
    pub replication: Credentials,
    /// Where things are.
    pub paths: Paths,
    /// Libraries that the server loads at its start.
    pub preload: Vec<String>,
    /// Size of the volume in bytes, if it is known.
    pub volume: Option<u64>,
    /// What the operator and the user say.
    pub custom: Custom,
}

/// Where things are in the container.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The data directory.
    pub data: String,
    /// PostgreSQL's programs.
    pub bin: String,
    /// The program `initdb`: the agent puts its own in front, which knows of a prepared directory.
    pub initdb: String,
    /// The program `pg_isready`: the agent puts its own in front, which answers as soon as it can be yes.
    pub pg_isready: String,
    /// Unix sockets.
    pub sockets: String,
    /// Patroni's password file.
    pub pgpass: String,
    /// The cluster's authority.
    pub ca: String,
    /// This member's certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// This agent.
    pub agent: String,
}

impl Local {
    /// Renders the file.
    pub fn render(&self) -> Result<String, yaml::Error> {
        yaml::to_string(&self.document())
    }

    fn document(&self) -> Value {
        let paths = &self.paths;
        let mut document = json!({
            "scope": self.scope,
            "name": self.name,
            "log": {"level": "INFO", "format": "%(asctime)s %(levelname)s: %(message)s"},
            "restapi": {
                "listen": format!("0.0.0.0:{REST_PORT}"),
                "connect_address": format!("{}:{REST_PORT}", self.address),
                "certfile": paths.certificate,
                "keyfile": paths.key,
                "cafile": paths.ca,
                // Reading is free, writing needs a certificate of the cluster's authority.
                "verify_client": "optional",
            },
            // Certificates carry no address of a pod. For one who shows a certificate, `insecure` means just that: the
            // name is not compared, while the certificate still has to be of the cluster's authority.
            "ctl": {"cacert": paths.ca, "certfile": paths.certificate, "keyfile": paths.key, "insecure": true},
            "kubernetes": {
                "namespace": self.namespace,
                "labels": {"vendor": "crunchydata"},
                "scope_label": self.scope_label,
                "role_label": "role",
                "leader_label_value": LEADER_LABEL,
                "standby_leader_label_value": LEADER_LABEL,
                "follower_label_value": FOLLOWER_LABEL,
                "use_endpoints": false,
                "pod_ip": self.address,
                "retriable_http_codes": [500, 502, 503, 504, 429],
            },
            "tags": {"nofailover": self.nofailover},
            "watchdog": {"mode": "off"},
            "postgresql": self.postgresql(),
        });
        if self.may_bootstrap {
            document["bootstrap"] = json!({
                "dcs": self.dynamic(),
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
                "post_bootstrap": format!("{} post-bootstrap", paths.agent),
            });
        }
        document
    }

    /// The dynamic configuration of a new cluster.
    fn dynamic(&self) -> Value {
        let parameters = parameter::defaults()
            .with("shared_preload_libraries", self.preload.join(","))
            .overlaid_by(self.volume.map(parameter::of_volume).unwrap_or_default())
            .overlaid_by(self.custom.shared.clone());
        let decided = Dynamic {
            synchronous: if self.synchronous {
                super::dcs::Synchronous::On
            } else {
                super::dcs::Synchronous::Off
            },
            parameters,
            ..Dynamic::default()
        };
        let mut document = json!(decided.document());
        for (key, value) in &self.custom.dynamic {
            document[key] = value.clone();
        }
        document
    }

    fn postgresql(&self) -> Value {
        let paths = &self.paths;
        let user = |credentials: &Credentials| {
            json!({
                "username": credentials.username,
                "password": credentials.password.reveal(),
                "sslmode": "verify-ca",
                "sslrootcert": paths.ca,
            })
        };
        let callback = format!("{} callback", paths.agent);
        json!({
            "listen": format!("*:{}", self.port),
            "connect_address": format!("{}:{}", self.address, self.port),
            "data_dir": paths.data,
            "bin_dir": paths.bin,
            "bin_name": {"initdb": paths.initdb, "pg_isready": paths.pg_isready},
            "pgpass": paths.pgpass,
            "use_unix_socket": true,
            "use_unix_socket_repl": true,
            "authentication": {
                "superuser": user(&self.superuser),
                "replication": user(&self.replication),
                // No superuser travels over the network: the replication role gets the few functions it needs.
                "rewind": user(&self.replication),
            },
            "pg_hba": hba::rules(&self.replication.username, &self.custom.pg_hba),
            "parameters": self.custom.local.clone().overlaid_by(self.forced()),
            "recovery_conf": {"restore_command": format!("{} archive-get %f \"%p\"", paths.agent)},
            "create_replica_methods": ["pgbackrest", "basebackup"],
            "pgbackrest": {
                "command": format!("{} create-replica", paths.agent),
                "keep_data": true,
                "no_params": true,
            },
            "basebackup": [{"checkpoint": "fast"}],
            "callbacks": {"on_start": callback, "on_stop": callback, "on_role_change": callback},
            "remove_data_directory_on_rewind_failure": self.reinitialize,
            "remove_data_directory_on_diverged_timelines": self.reinitialize,
        })
    }

    /// What must hold for failover, archiving and encryption to work.
    fn forced(&self) -> Parameters {
        let paths = &self.paths;
        Parameters::default()
            .with("archive_mode", "on")
            .with(
                "archive_command",
                format!("{} archive-push --with=pgbackrest \"%p\"", paths.agent),
            )
            .with("password_encryption", "scram-sha-256")
            .with("ssl", "on")
            .with("ssl_ca_file", &paths.ca)
            .with("ssl_cert_file", &paths.certificate)
            .with("ssl_key_file", &paths.key)
            .with("unix_socket_directories", &paths.sockets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Redacted;

    fn hippo() -> Local {
        let user = |name: &str| Credentials {
            username: name.to_owned(),
            password: Redacted::new(format!("{name}: 'pw'")),
        };
        Local {
            scope: "hippo".to_owned(),
            scope_label: "crunchy-pgha-scope".to_owned(),
            name: "hippo-5c4b-x2x".to_owned(),
            namespace: "pgouser1".to_owned(),
            address: "10.1.2.3".to_owned(),
            port: 5432,
            may_bootstrap: true,
            synchronous: false,
            reinitialize: true,
            nofailover: false,
            superuser: user("postgres"),
            replication: user("primaryuser"),
            paths: Paths {
                data: "/pgdata/hippo".to_owned(),
                bin: "/usr/lib/postgresql/17/bin".to_owned(),
                initdb: "/tmp/pgo-agent/bin/initdb".to_owned(),
                pg_isready: "/tmp/pgo-agent/bin/pg_isready".to_owned(),
                sockets: "/tmp".to_owned(),
                pgpass: "/tmp/pgpass".to_owned(),
                ca: "/tmp/tls/ca.crt".to_owned(),
                certificate: "/tmp/tls/tls.crt".to_owned(),
                key: "/tmp/tls/tls.key".to_owned(),
                agent: "/usr/local/bin/pgo-agent".to_owned(),
            },
            preload: vec!["pgaudit".to_owned(), "pg_stat_statements".to_owned()],
            volume: Some(1 << 30),
            custom: Custom::default(),
        }
    }

    #[test]
    fn the_first_instance_knows_how_to_make_a_cluster() {
        insta::with_settings!({snapshot_path => "../../tests/golden", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("patroni-first", hippo().render().unwrap());
        });
    }

    #[test]
    fn a_replica_does_not() {
        let replica = Local {
            may_bootstrap: false,
            ..hippo()
        };
        assert!(!replica.render().unwrap().contains("bootstrap"));
    }

    #[test]
    fn a_data_directory_is_not_removed_where_that_is_not_wanted() {
        let kept = Local {
            reinitialize: false,
            ..hippo()
        };
        let postgresql = &kept.document()["postgresql"];
        assert_eq!(postgresql["remove_data_directory_on_rewind_failure"], false);
        assert_eq!(postgresql["remove_data_directory_on_diverged_timelines"], false);
    }

    #[test]
    fn custom_settings_come_after_the_defaults_and_before_what_is_forced() {
        let custom = Custom {
            shared: Parameters::default().with("work_mem", "64MB"),
            local: Parameters::default().with("ssl", "off").with("jit", "off"),
            dynamic: serde_json::Map::from_iter([("ttl".to_owned(), json!(30))]),
            ..Custom::default()
        };
        let document = Local { custom, ..hippo() }.document();
        let dcs = &document["bootstrap"]["dcs"];
        assert_eq!(dcs["postgresql"]["parameters"]["work_mem"], "64MB");
        assert_eq!(dcs["ttl"], 30);
        assert_eq!(document["postgresql"]["parameters"]["ssl"], "on");
        assert_eq!(document["postgresql"]["parameters"]["jit"], "off");
    }

    #[test]
    fn a_user_may_allow_more_wal_than_we_think_the_volume_can_take() {
        let wal = |shared: Parameters| {
            let custom = Custom {
                shared,
                ..Custom::default()
            };
            let document = Local { custom, ..hippo() }.document();
            document["bootstrap"]["dcs"]["postgresql"]["parameters"]["max_wal_size"].clone()
        };
        assert_eq!(wal(Parameters::default()), "256MB");
        assert_eq!(wal(Parameters::default().with("max_wal_size", "2GB")), "2GB");
    }

    #[test]
    fn a_later_change_of_the_archive_command_has_no_effect_because_the_local_one_wins() {
        let document = hippo().document();
        assert!(
            document["postgresql"]["parameters"]["archive_command"]
                .as_str()
                .unwrap()
                .contains("archive-push")
        );
    }
}
