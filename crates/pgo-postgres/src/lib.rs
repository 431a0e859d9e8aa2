//! What we know about Postgres, Patroni and pgBackRest: parameters, files, commands, SQL.
//!
//! Knows no Kubernetes, reads no file, no clock and no environment: everything comes in as an argument and goes
//! out as a value.

#![warn(missing_docs)]

pub mod yaml;

pub mod lsn;

pub mod wal;

pub mod identifier;

pub mod password;

pub mod parameter;

pub mod hba;

pub mod sql;

pub mod patroni;

pub mod pgbackrest;

pub mod option;
