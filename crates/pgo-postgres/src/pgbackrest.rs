//! What we know about pgBackRest: its commands, the options a user may give, its configuration file, its answers.

pub mod option;

pub mod command;

pub mod config;

pub mod info;

pub mod log;
