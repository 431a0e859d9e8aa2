//! What we know about Patroni: its dynamic configuration, the file of one member, what members say of themselves.

pub mod dcs;
