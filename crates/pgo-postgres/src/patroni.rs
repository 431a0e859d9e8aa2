//! What we know about Patroni: its dynamic configuration, the file of one member, what members say of themselves.

pub mod dcs;

pub mod custom;

pub mod local;

pub mod member;
