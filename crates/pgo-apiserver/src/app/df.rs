//! `pgo df`.

use pgo_api::DfRequest;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for DfRequest {
    const COMMAND: &'static str = "pgo df";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.found_or_all(&self.name, &self.selector);
        questions.answer()
    }
}
