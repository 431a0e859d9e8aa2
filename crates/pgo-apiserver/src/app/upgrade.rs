//! `pgo upgrade`.

use pgo_api::UpgradeRequest;
use pgo_plan::valid::check_tag;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for UpgradeRequest {
    const COMMAND: &'static str = "pgo upgrade";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters(&self.args, &self.selector);
        questions.unless_empty("--ccp-image-tag", &self.ccp_image_tag, check_tag);
        questions.answer()
    }
}
