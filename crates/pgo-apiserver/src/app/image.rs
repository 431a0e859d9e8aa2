//! Database images that requests name.

use pgo_plan::complaint::Complaint;
use pgo_plan::valid::DatabaseImage;

use super::wrong;
use crate::refusal::Refusal;
use crate::registry;

/// Refuses an image that its registry says it does not have; `flag` is what named it, and everything else about it is
/// known to be right.
pub(super) async fn demand(flag: &str, image: &DatabaseImage) -> Result<(), Refusal> {
    if !registry::lacks(image).await {
        return Ok(());
    }
    let DatabaseImage { name, tag } = image;
    Err(wrong(&[Complaint::new(
        flag,
        format!("image \"{name}:{tag}\" is not in its registry: name one that is, or push it first"),
    )]))
}
