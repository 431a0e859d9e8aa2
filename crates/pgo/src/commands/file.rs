//! Files that are sent along.

use crate::failure::Failure;

/// Reads a text that is sent as it is.
pub(super) fn read(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("cannot read {path}: {error}")))
}
