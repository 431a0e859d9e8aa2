//! `pgo reload`.

use pgo_api::ReloadRequest;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for ReloadRequest {
    const COMMAND: &'static str = "pgo reload";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters(&self.args, &self.selector);
        questions.answer()
    }
}
