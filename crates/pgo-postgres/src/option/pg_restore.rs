//! What a user may say to `pg_restore`, as of PostgreSQL 12 and newer.

use super::Program;
use super::kind::Kind;
use super::pg_dump::{FORBIDDEN, FORMATS, SECTIONS};
use super::table::{Table, gone, on, value};

/// `pg_restore`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreDump;

impl Program for RestoreDump {
    const TABLE: &'static Table = &Table {
        program: "pg_restore",
        flags: &[
            on("clean").short('c'),
            on("create").short('C'),
            on("data-only").short('a'),
            on("disable-triggers"),
            on("enable-row-security"),
            value("exclude-schema", Kind::Name).short('N').adds(),
            on("exit-on-error").short('e'),
            gone(
                "filename",
                "a dump is restored into its database, not into a file",
            )
            .short('f'),
            // pg_restore sees for itself, and refuses "plain": such a dump is for psql.
            value("format", FORMATS).short('F').untold(),
            // Commas stand between its arguments.
            value("function", Kind::Function).short('P').adds(),
            on("if-exists").with("clean", &[]),
            value("index", Kind::Name).short('I').adds_parts(),
            value("jobs", Kind::Number(1, 32)).short('j'),
            gone("list", "it shows what is in a dump and restores nothing").short('l'),
            on("no-acl"),
            on("no-comments"),
            on("no-data-for-failed-tables"),
            on("no-owner").short('O'),
            on("no-privileges").short('x'),
            on("no-publications"),
            on("no-security-labels"),
            on("no-subscriptions"),
            on("no-tablespaces"),
            value("role", Kind::Name),
            value("schema", Kind::Name).short('n').adds(),
            on("schema-only").short('s'),
            value("section", SECTIONS).adds_parts(),
            on("single-transaction").short('1'),
            // Version 4.2 wanted a value, which pg_restore refuses.
            on("strict-names"),
            value("superuser", Kind::Name)
                .short('S')
                .with("disable-triggers", &[]),
            value("table", Kind::Name).short('t').adds(),
            value("trigger", Kind::Name).short('T').adds_parts(),
            on("use-set-session-authorization"),
            // Its name in version 4.2, which gave it no file; pg_restore calls it use-list.
            gone("useList", "it reads a file of the container that restores").short('L'),
            on("verbose").short('v'),
        ],
        forbidden: FORBIDDEN,
    };
}
