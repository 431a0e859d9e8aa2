//! What we know about pgBackRest: its commands, its configuration file, its answers. The options a user may give are in
//! [`crate::option`].

pub mod command;

pub mod config;

pub mod info;

pub mod log;
