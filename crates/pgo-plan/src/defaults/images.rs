//! Images that the environment names.

use super::Defaults;

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
