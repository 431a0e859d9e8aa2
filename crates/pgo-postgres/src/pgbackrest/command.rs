//! pgBackRest's commands as argument lists. There is no shell anywhere.

use serde::{Deserialize, Serialize};

use crate::option::Options;
use crate::option::pgbackrest::Backup;

/// The name under which a cluster's backups are kept. One name serves every cluster, because each has its own repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stanza(pub String);

/// Where the primary's files are; known only when the command is run, because the primary moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The data directory.
    pub path: String,
    /// The port.
    pub port: u16,
    /// Where the Unix socket is.
    pub socket_path: String,
}

/// What pgBackRest should do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serves other pgBackRests over TLS until it is stopped.
    Server,
    /// Prepares the repository for a cluster. Does nothing when that was done before.
    StanzaCreate(Target),
    /// Has the stanza go on with another database: what is in it stays, and is told apart from what comes.
    StanzaUpgrade(Target),
    /// Lets no other command touch the stanza, until [`Command::Start`].
    Stop,
    /// Lets commands touch the stanza again.
    Start,
    /// Removes a stanza with everything in it, under a running primary. Wants [`Command::Stop`] before.
    StanzaDelete(Target),
    /// Takes a backup.
    Backup(Target, Options<Backup>),
    /// Stores one WAL file.
    ArchivePush {
        /// The file, relative to the data directory.
        wal: String,
    },
    /// Fetches one WAL file.
    ArchiveGet {
        /// The file's name.
        wal: String,
        /// Where to put it, relative to the data directory.
        to: String,
    },
    /// Restores the latest backup as a replica.
    Restore {
        /// Keep files that are right already.
        delta: bool,
    },
    /// Lists backups as JSON.
    Info,
}

impl Command {
    /// The arguments after the program's name.
    pub fn argv(&self, config: &str, stanza: &Stanza) -> Vec<String> {
        let mut words = vec![self.name().to_owned(), format!("--config={config}")];
        if !matches!(self, Self::Server) {
            words.push(format!("--stanza={}", stanza.0));
        }
        match self {
            Self::Server | Self::Stop | Self::Start => (),
            Self::StanzaDelete(target) => {
                words.extend(target.argv());
                words.push("--force".to_owned());
            }
            Self::StanzaCreate(target) | Self::StanzaUpgrade(target) => words.extend(target.argv()),
            Self::Backup(target, options) => {
                words.extend(target.argv());
                words.extend(options.argv());
            }
            Self::ArchivePush { wal } => words.push(wal.clone()),
            Self::ArchiveGet { wal, to } => words.extend([wal.clone(), to.clone()]),
            Self::Restore { delta } => {
                words.push("--type=standby".to_owned());
                if *delta {
                    words.push("--delta".to_owned());
                }
            }
            Self::Info => words.push("--output=json".to_owned()),
        }
        words
    }

    /// pgBackRest's name for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::StanzaCreate(_) => "stanza-create",
            Self::StanzaUpgrade(_) => "stanza-upgrade",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::StanzaDelete(_) => "stanza-delete",
            Self::Backup(..) => "backup",
            Self::ArchivePush { .. } => "archive-push",
            Self::ArchiveGet { .. } => "archive-get",
            Self::Restore { .. } => "restore",
            Self::Info => "info",
        }
    }
}

impl Target {
    fn argv(&self) -> [String; 3] {
        [
            format!("--pg1-path={}", self.path),
            format!("--pg1-port={}", self.port),
            format!("--pg1-socket-path={}", self.socket_path),
        ]
    }
}

/// Exit statuses that mean something to us.
pub mod exit {
    /// What the repository knows of the database is wrong: above all, it knows another one.
    pub const FILE_INVALID: i32 = 28;
    /// Archive files of the cluster and of the backup do not fit together.
    pub const ARCHIVE_MISMATCH: i32 = 44;
    /// A WAL file is there already with other contents.
    pub const ARCHIVE_DUPLICATE: i32 = 45;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            path: "/pgdata/hippo".to_owned(),
            port: 5432,
            socket_path: "/tmp".to_owned(),
        }
    }

    #[test]
    fn a_backup_names_the_primary_of_the_moment() {
        let command = Command::Backup(target(), Options::parse("--type=full").unwrap());
        assert_eq!(
            command.argv("/tmp/pgbackrest.conf", &Stanza("db".to_owned())),
            [
                "backup",
                "--config=/tmp/pgbackrest.conf",
                "--stanza=db",
                "--pg1-path=/pgdata/hippo",
                "--pg1-port=5432",
                "--pg1-socket-path=/tmp",
                "--type=full",
            ]
        );
    }

    #[test]
    fn a_replica_is_restored_as_a_standby() {
        let words = Command::Restore { delta: true }.argv("/c", &Stanza("db".to_owned()));
        assert_eq!(words[3..], ["--type=standby", "--delta"]);
    }
}
