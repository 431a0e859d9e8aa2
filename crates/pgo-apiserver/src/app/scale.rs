//! More and fewer replicas.

mod down;
mod query;
mod up;

pub(crate) use down::down;
pub(crate) use query::query;
pub(in crate::app) use query::replicas;
pub(crate) use up::up;

#[cfg(test)]
mod tests;
