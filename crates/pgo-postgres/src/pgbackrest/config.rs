//! pgBackRest's configuration file, one for each side.
//!
//! Everything that pgBackRest writes besides data goes below one directory of the container's `/tmp`.

use std::fmt::Write as _;

use super::command::Stanza;

/// Where `pgbackrest server` listens.
pub const SERVER_PORT: u16 = 8432;

/// The file's name below [`Config::scratch`], on both sides.
pub const FILE: &str = "pgbackrest.conf";

/// Certificates of one side.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The cluster's authority.
    pub ca: String,
    /// Our certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// Common name of the only client that is served.
    pub client: String,
}

/// Where the other side is, and what is special about ours.
#[derive(Clone, Debug)]
pub enum Side {
    /// A database instance: the repository is elsewhere.
    Instance {
        /// The repository's host.
        repo_host: String,
        /// Our data directory.
        data: String,
        /// Our port.
        port: u16,
        /// Where our Unix socket is.
        sockets: String,
    },
    /// The repository: the database is elsewhere.
    Repository {
        /// The primary's host.
        primary_host: String,
        /// Where backups and WAL are kept.
        path: String,
        /// How many processes compress and copy.
        process_max: u8,
    },
}

/// One side's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The stanza.
    pub stanza: Stanza,
    /// Directory for this file, locks, logs and the queue of WAL; the same on both sides.
    pub scratch: String,
    /// Certificates.
    pub tls: Tls,
    /// Which side.
    pub side: Side,
}

impl Config {
    /// Renders the file.
    pub fn render(&self) -> String {
        let Self {
            stanza,
            scratch,
            tls,
            side,
        } = self;
        let mut global = vec![
            ("lock-path", format!("{scratch}/lock")),
            ("spool-path", format!("{scratch}/spool")),
            ("log-path", format!("{scratch}/log")),
            ("log-level-file", "off".to_owned()),
            ("log-level-console", "warn".to_owned()),
            ("log-level-stderr", "off".to_owned()),
            // Silence for this long means that the other side is gone; the default of half an hour is for ssh.
            ("protocol-timeout", "70".to_owned()),
            ("db-timeout", "60".to_owned()),
            ("io-timeout", "20".to_owned()),
            // pgBackRest wants to see the WAL of a backup archived within this time.
            ("archive-timeout", "50".to_owned()),
            // WAL is compressed where it is written, backups where they are kept.
            ("compress-type", "zst".to_owned()),
            ("compress-level", "1".to_owned()),
            ("tls-server-address", "*".to_owned()),
            ("tls-server-port", SERVER_PORT.to_string()),
            ("tls-server-ca-file", tls.ca.clone()),
            ("tls-server-cert-file", tls.certificate.clone()),
            ("tls-server-key-file", tls.key.clone()),
            ("tls-server-auth", format!("{}={}", tls.client, stanza.0)),
        ];
        let config = format!("{scratch}/{FILE}");
        let mut of_stanza = Vec::new();
        match side {
            Side::Instance {
                repo_host,
                data,
                port,
                sockets,
            } => {
                global.extend(remote("repo1", repo_host, tls, &config));
                global.push(("process-max", "2".to_owned()));
                of_stanza.extend([
                    ("pg1-path".to_owned(), data.clone()),
                    ("pg1-port".to_owned(), port.to_string()),
                    ("pg1-socket-path".to_owned(), sockets.clone()),
                ]);
            }
            Side::Repository {
                primary_host,
                path,
                process_max,
            } => {
                global.extend([
                    ("repo1-path", path.clone()),
                    // Many small files are the larger part of a young database.
                    ("repo1-bundle", "y".to_owned()),
                    // Nothing is thrown away that nobody asked to throw away; an order may say how much to keep.
                    ("repo1-retention-full", "9999999".to_owned()),
                    ("process-max", process_max.to_string()),
                    ("start-fast", "y".to_owned()),
                    ("stop-auto", "y".to_owned()),
                ]);
                of_stanza.extend(
                    remote("pg1", primary_host, tls, &config).map(|(key, value)| (key.to_owned(), value)),
                );
            }
        }
        let mut text = String::from("[global]\n");
        for (key, value) in &global {
            let _ = writeln!(text, "{key}={value}");
        }
        let _ = writeln!(text, "\n[{}]", stanza.0);
        for (key, value) in &of_stanza {
            let _ = writeln!(text, "{key}={value}");
        }
        text
    }
}

/// How to reach the other side: `what` is `pg1` or `repo1`.
fn remote(what: &'static str, host: &str, tls: &Tls, config: &str) -> [(&'static str, String); 7] {
    let keys = if what == "pg1" {
        [
            "pg1-host",
            "pg1-host-type",
            "pg1-host-port",
            "pg1-host-ca-file",
            "pg1-host-cert-file",
            "pg1-host-key-file",
            "pg1-host-config",
        ]
    } else {
        [
            "repo1-host",
            "repo1-host-type",
            "repo1-host-port",
            "repo1-host-ca-file",
            "repo1-host-cert-file",
            "repo1-host-key-file",
            "repo1-host-config",
        ]
    };
    let values = [
        host.to_owned(),
        "tls".to_owned(),
        SERVER_PORT.to_string(),
        tls.ca.clone(),
        tls.certificate.clone(),
        tls.key.clone(),
        // The other side reads the same path, in its own container.
        config.to_owned(),
    ];
    let mut pairs = keys.into_iter().zip(values);
    std::array::from_fn(|_| pairs.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(side: Side, client: &str) -> Config {
        Config {
            stanza: Stanza("db".to_owned()),
            scratch: "/tmp/pgbackrest".to_owned(),
            tls: Tls {
                ca: "/tmp/tls/ca.crt".to_owned(),
                certificate: "/tmp/tls/tls.crt".to_owned(),
                key: "/tmp/tls/tls.key".to_owned(),
                client: client.to_owned(),
            },
            side,
        }
    }

    fn check(name: &str, text: &str) {
        insta::with_settings!({snapshot_path => "../../tests/golden", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(name, text);
        });
    }

    #[test]
    fn an_instance_finds_its_repository_over_tls() {
        let side = Side::Instance {
            repo_host: "hippo-backrest-shared-repo".to_owned(),
            data: "/pgdata/hippo".to_owned(),
            port: 5432,
            sockets: "/tmp".to_owned(),
        };
        check(
            "pgbackrest-instance",
            &config(side, "hippo-backrest-repo").render(),
        );
    }

    #[test]
    fn a_repository_finds_the_primary_over_tls() {
        let side = Side::Repository {
            primary_host: "hippo".to_owned(),
            path: "/backrestrepo/hippo-backrest-shared-repo".to_owned(),
            process_max: 2,
        };
        check("pgbackrest-repository", &config(side, "hippo-instance").render());
    }
}
