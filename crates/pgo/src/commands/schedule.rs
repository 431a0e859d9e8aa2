//! What the commands about schedules have in common.

use crate::failure::Failure;

/// Said when there are none.
pub(super) const NONE: &str = "No schedules found.";

/// Demands that schedules are named one way or another.
pub(super) fn demand(names: &[String], schedule: &str, selector: &str) -> Result<(), Failure> {
    if names.is_empty() && schedule.is_empty() && selector.is_empty() {
        return Err(Failure::Usage(
            "a cluster name is required: name one, or use --schedule-name or --selector".to_owned(),
        ));
    }
    Ok(())
}
