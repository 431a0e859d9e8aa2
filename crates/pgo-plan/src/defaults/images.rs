//! Images that the environment names.

use super::Defaults;
use crate::valid::{check_image_prefix, check_tag};

/// Images that win over those of `pgo.yaml`; empty means that they do not. Meant for those who install pgo by a
/// package that knows its images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// Registry and organisation of pgo's own images: `PGO_IMAGE_PREFIX`.
    pub pgo_prefix: String,
    /// Tag of pgo's own images: `PGO_IMAGE_TAG`.
    pub pgo_tag: String,
    /// Registry and organisation of database images: `CCP_IMAGE_PREFIX`.
    pub ccp_prefix: String,
    /// Tag of database images: `CCP_IMAGE_TAG`.
    pub ccp_tag: String,
}

impl Images {
    /// Reads a prefix as the environment says it, or says in one sentence what is wrong with it.
    pub fn prefix(said: &str) -> Result<String, String> {
        unless_empty(said, check_image_prefix)
    }

    /// Reads a tag as the environment says it, or says in one sentence what is wrong with it.
    pub fn tag(said: &str) -> Result<String, String> {
        unless_empty(said, check_tag)
    }

    /// Puts what was said over what the configuration says.
    #[must_use]
    pub(super) fn over(&self, mut defaults: Defaults) -> Defaults {
        for (said, field) in [
            (&self.pgo_prefix, &mut defaults.pgo.image_prefix),
            (&self.pgo_tag, &mut defaults.pgo.image_tag),
            (&self.ccp_prefix, &mut defaults.cluster.image_prefix),
            (&self.ccp_tag, &mut defaults.cluster.image_tag),
        ] {
            if !said.is_empty() {
                field.clone_from(said);
            }
        }
        defaults
    }
}

fn unless_empty(said: &str, check: fn(&str) -> Result<(), String>) -> Result<String, String> {
    if !said.is_empty() {
        check(said)?;
    }
    Ok(said.to_owned())
}
