//! What a user may say to pgBackRest. Ranges and words are those of pgBackRest 2.55, which knows options by their full
//! names only and refuses one that is given twice.

use super::Program;
use super::kind::{Kind, No};
use super::table::{Table, on, switch, value};

/// `pgbackrest backup`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backup;

/// `pgbackrest restore`
///
/// Whether type and target fit together is not asked here: the target may come from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restore;

const LEVEL: Kind = Kind::Word(&["off", "error", "warn", "info", "detail", "debug", "trace"]);
const TYPE: Kind = Kind::Word(&["full", "diff", "incr"]);
const COUNT: Kind = Kind::Number(1, 9_999_999);
/// More would only take processors away from the database.
const PROCESSES: Kind = Kind::Number(1, 32);
/// pgBackRest takes more of some compressors; these are right for all that a user can have chosen.
const COMPRESSION: Kind = Kind::Number(0, 9);
const DAY: Kind = Kind::Number(1, 86_400);
const WEEK: Kind = Kind::Number(1, 604_800);

impl Program for Backup {
    const TABLE: &'static Table = &Table {
        program: "pgbackrest backup",
        flags: &[
            value("annotation", Kind::Remark).adds(),
            switch("archive-copy"),
            value("archive-timeout", DAY),
            switch("backup-standby"),
            value("buffer-size", Kind::Size),
            switch("checksum-page"),
            switch("compress"),
            value("compress-level", COMPRESSION),
            value("compress-level-network", COMPRESSION),
            value("compress-type", Kind::Word(&["none", "bz2", "gz", "lz4", "zst"])),
            value("db-timeout", DAY),
            // Version 4.2 knew its negation only.
            switch("delta"),
            value("exclude", Kind::Excluded).adds(),
            switch("expire-auto"),
            // Only a backup of a server that is down can be forced, and pgBackRest refuses it otherwise.
            on("force").untold(),
            value("log-level-console", LEVEL),
            value("log-level-file", LEVEL),
            // Version 4.2 forgot to check it.
            value("log-level-stderr", LEVEL),
            switch("log-subprocess"),
            value("manifest-save-threshold", Kind::Size),
            value("process-max", PROCESSES),
            value("protocol-timeout", WEEK),
            switch("repo1-block").with("repo1-bundle", &[]),
            switch("repo1-bundle"),
            value("repo1-retention-archive", COUNT),
            value("repo1-retention-archive-type", TYPE),
            value("repo1-retention-diff", COUNT),
            value("repo1-retention-full", COUNT),
            value("repo1-retention-full-type", Kind::Word(&["count", "time"])),
            value("repo1-retention-history", Kind::Number(0, 9_999_999)),
            switch("resume"),
            switch("start-fast"),
            // It only ever did something for PostgreSQL 9.5 and older; pgBackRest still knows it.
            switch("stop-auto"),
            value("type", TYPE),
        ],
        forbidden: FORBIDDEN,
    };
}

impl Program for Restore {
    const TABLE: &'static Table = &Table {
        program: "pgbackrest restore",
        flags: &[
            value("buffer-size", Kind::Size),
            // The backup says how it is compressed: pgBackRest refuses these two by now.
            switch("compress").untold(),
            value("compress-level", COMPRESSION).untold(),
            value("compress-level-network", COMPRESSION),
            value("db-include", Kind::Name).adds(),
            // A restore asks no database anything: pgBackRest refuses it by now.
            value("db-timeout", DAY).untold(),
            on("force"),
            value("log-level-console", LEVEL),
            value("log-level-file", LEVEL),
            value("log-level-stderr", LEVEL),
            switch("log-subprocess"),
            // Its opposite is not the user's: whether files are there already is known to who restores.
            on("no-delta"),
            value("process-max", PROCESSES),
            value("protocol-timeout", WEEK),
            value("recovery-option", Kind::Recovery).adds(),
            value("set", Kind::Label),
            value("target", Kind::Target),
            value("target-action", Kind::Word(&["pause", "promote", "shutdown"])),
            // pgBackRest does not know its negation.
            value("target-exclusive", Kind::Switch(No::LeftOut)).with("type", &["time", "xid"]),
            value("target-timeline", Kind::Number(1, 0xffff_ffff)),
            // "standby" is not a user's: it would be no primary.
            value(
                "type",
                Kind::Word(&["default", "immediate", "name", "none", "preserve", "time", "xid"]),
            ),
        ],
        forbidden: FORBIDDEN,
    };
}

/// They run programs, lead to another repository or database, or take a check away.
const FORBIDDEN: &[&str] = &[
    "--archive-check",
    "--cmd-ssh",
    "--config",
    "--config-include-path",
    "--config-path",
    "--link-all",
    "--link-map",
    "--lock-path",
    "--log-timestamp",
    "--neutral-umask",
    "--no-archive-check",
    "--no-neutral-umask",
    "--no-online",
    "--online",
    "--pg-host",
    "--pg-host-cmd",
    "--pg-host-config",
    "--pg-host-config-include-path",
    "--pg-host-config-path",
    "--pg-host-port",
    "--pg-host-user",
    "--pg-path",
    "--pg-port",
    "--repo-cipher-type",
    "--repo-host",
    "--repo-host-cmd",
    "--repo-host-config",
    "--repo-host-config-include-path",
    "--repo-host-config-path",
    "--repo-host-port",
    "--repo-host-user",
    "--repo-path",
    "--repo-s3-bucket",
    "--repo-s3-ca-file",
    "--repo-s3-ca-path",
    "--repo-s3-endpoint",
    "--repo-s3-host",
    "--repo-s3-region",
    "--repo-s3-verify-ssl",
    "--repo-type",
    "--stanza",
    "--tablespace-map",
    "--tablespace-map-all",
];
