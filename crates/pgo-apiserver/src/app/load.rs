//! `pgo load`.

use pgo_api::LoadRequest;
use pgo_plan::valid::check_load;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for LoadRequest {
    const COMMAND: &'static str = "pgo load";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters(&self.args, &self.selector);
        questions.about("--load-config", check_load(&self.load_config));
        for policy in self.policies.split(',').filter(|_| !self.policies.is_empty()) {
            questions.policy("--policies", policy.trim());
        }
        questions.answer()
    }
}
