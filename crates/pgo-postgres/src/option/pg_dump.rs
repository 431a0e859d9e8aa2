//! What a user may say to `pg_dump` and `pg_dumpall`, as of PostgreSQL 12 and newer.

use super::kind::Kind;
use super::table::{Table, gone, on, value};
use super::{Options, Program};

/// `pg_dump`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dump;

/// `pg_dumpall`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpAll;

/// Options of whichever of the two makes a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DumpOptions {
    /// Of one database.
    One(Options<Dump>),
    /// Of all databases, with roles and tablespaces.
    All(Options<DumpAll>),
}

impl DumpOptions {
    /// Reads a user's line: `--dump-all`, wherever it stands, chooses `pg_dumpall`.
    pub fn parse(line: &str) -> Result<Self, String> {
        if line.contains("--dump-all") {
            Options::parse(line).map(Self::All)
        } else {
            Options::parse(line).map(Self::One)
        }
    }
}

/// What has become of `--oids`.
const NO_OIDS: &str = "since PostgreSQL 12 no table has them";
/// The parts of a dump.
pub(super) const SECTIONS: Kind = Kind::Word(&["pre-data", "data", "post-data"]);
/// The forms of a dump that are one file.
pub(super) const FORMATS: Kind = Kind::Word(&["p", "plain", "c", "custom", "t", "tar"]);

impl Program for Dump {
    const TABLE: &'static Table = &Table {
        program: "pg_dump",
        flags: &[
            on("attribute-inserts"),
            on("blobs").short('b'),
            on("clean").short('c'),
            on("column-inserts"),
            // Version 4.2 let the letter t through.
            value("compress", Kind::Number(0, 9))
                .short('Z')
                .without("format", &["t", "tar"]),
            on("create").short('C'),
            on("data-only").short('a'),
            on("disable-dollar-quoting"),
            on("disable-triggers"),
            value("encoding", Kind::Name).short('E'),
            gone("exclude-row-security", "pg_dump never had such an option"),
            value("exclude-schema", Kind::Pattern).short('N').adds(),
            value("exclude-table", Kind::Pattern).short('T').adds(),
            value("exclude-table-data", Kind::Pattern).adds(),
            value("format", FORMATS).short('F'),
            on("if-exists").with("clean", &[]),
            on("inserts"),
            // pg_dump takes more than one for directories only, and a dump of ours is one file.
            value("jobs", Kind::Number(1, 32)).short('j').untold(),
            on("load-via-partition-root"),
            value("lock-wait-timeout", Kind::Duration),
            on("no-acl"),
            on("no-blobs").short('B'),
            on("no-comments"),
            on("no-owner").short('O'),
            on("no-privileges").short('x'),
            on("no-publications"),
            on("no-security-labels"),
            on("no-subscriptions"),
            on("no-sync"),
            on("no-tablespaces"),
            on("no-unlogged-table-data"),
            gone("oids", NO_OIDS).short('o'),
            on("quote-all-identifiers"),
            value("role", Kind::Name),
            value("schema", Kind::Pattern).short('n').adds_parts(),
            on("schema-only").short('s'),
            value("section", SECTIONS).adds_parts(),
            on("serializable-deferrable"),
            value("snapshot", Kind::Snapshot),
            // Version 4.2 wanted a value, which pg_dump refuses.
            on("strict-names"),
            value("superuser", Kind::Name)
                .short('S')
                .with("disable-triggers", &[]),
            value("table", Kind::Pattern).short('t').adds_parts(),
            on("use-set-session-authorization"),
            on("verbose").short('v'),
        ],
        forbidden: FORBIDDEN,
    };
}

impl Program for DumpAll {
    const TABLE: &'static Table = &Table {
        program: "pg_dumpall",
        flags: &[
            on("attribute-inserts"),
            on("clean").short('c'),
            on("column-inserts"),
            on("data-only").short('a'),
            on("disable-dollar-quoting"),
            on("disable-triggers"),
            // It chose the program; see DumpOptions.
            on("dump-all").untold(),
            value("encoding", Kind::Name).short('E'),
            on("globals-only").short('g'),
            on("if-exists").with("clean", &[]),
            on("inserts"),
            on("load-via-partition-root"),
            value("lock-wait-timeout", Kind::Duration),
            on("no-acl"),
            on("no-comments"),
            on("no-owner").short('O'),
            on("no-privileges").short('x'),
            on("no-publications"),
            on("no-role-passwords"),
            on("no-security-labels"),
            on("no-subscriptions"),
            on("no-sync"),
            on("no-tablespaces"),
            on("no-unlogged-table-data"),
            gone("oids", NO_OIDS).short('o'),
            on("quote-all-identifiers"),
            value("role", Kind::Name),
            on("roles-only").short('r'),
            on("schema-only").short('s'),
            value("superuser", Kind::Name)
                .short('S')
                .with("disable-triggers", &[]),
            on("tablespaces-only").short('t'),
            on("use-set-session-authorization"),
            on("verbose").short('v'),
        ],
        forbidden: FORBIDDEN,
    };
}

/// They lead to another server, database or user, ask for passwords, or are not for people.
pub(super) const FORBIDDEN: &[&str] = &[
    "--binary-upgrade",
    "--dbname",
    "--host",
    "--no-password",
    "--no-reconnect",
    "--password",
    "--port",
    "--username",
    "--version",
    "-R",
    "-U",
    "-V",
    "-W",
    "-d",
    "-h",
    "-p",
    "-w",
];
