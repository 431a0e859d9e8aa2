//! What a user might say to `pg_basebackup`. Nothing runs it any more; who asks for it learns what is wrong all the same.

use super::Program;
use super::kind::Kind;
use super::table::{Table, gone, on, value};

/// `pg_basebackup`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basebackup;

/// Such a path leads anywhere in the container, and there is nothing that it could be for.
const NO_PATHS: &str = "where files are is not a user's to choose";

impl Program for Basebackup {
    const TABLE: &'static Table = &Table {
        program: "pg_basebackup",
        flags: &[
            value("checkpoint", Kind::Word(&["fast", "spread"])).short('c'),
            value("compress", Kind::Number(0, 9))
                .short('Z')
                .with("format", &["t", "tar"]),
            value("format", Kind::Word(&["p", "plain", "t", "tar"])).short('F'),
            on("gzip").short('z'),
            value("max-rate", Kind::Rate).short('r'),
            on("no-clean").short('n'),
            on("no-slot"),
            on("no-sync"),
            on("no-verify-checksums"),
            on("progress").short('P'),
            value("status-interval", Kind::Number(0, 86_400)).short('s'),
            gone("tablespace-mapping", NO_PATHS).short('T'),
            on("verbose").short('v'),
            gone("waldir", NO_PATHS),
            // pg_basebackup completes it to write-recovery-conf.
            on("write-recovery").short('R'),
        ],
        forbidden: &[
            "--dbname",
            "--host",
            "--label",
            "--no-password",
            "--password",
            "--pgdata",
            "--port",
            "--slot",
            "--username",
            "--version",
            "--wal-method",
            "-D",
            "-S",
            "-U",
            "-V",
            "-W",
            "-X",
            "-d",
            "-h",
            "-l",
            "-p",
            "-w",
        ],
    };
}
