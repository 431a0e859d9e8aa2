//! pgBouncer in front of clusters.

use pgo_api::{CreatePgbouncerRequest, DeletePgbouncerRequest, PostDeletePgbouncerRequest};
use pgo_plan::valid::{check_password, check_role};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CreatePgbouncerRequest {
    const COMMAND: &'static str = "pgo create pgbouncer";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters_and_selected(&self.args, &self.selector);
        questions.unless_empty("--pgbouncer-user", &self.pgbouncer_user, check_role);
        questions.about("--pgbouncer-pass", check_password(self.pgbouncer_pass.reveal()));
        questions.answer()
    }
}

impl Later for DeletePgbouncerRequest {
    const COMMAND: &'static str = "pgo delete pgbouncer";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters_and_selected(&self.args, &self.selector);
        questions.answer()
    }
}

impl Later for PostDeletePgbouncerRequest {
    const COMMAND: &'static str = DeletePgbouncerRequest::COMMAND;

    fn check(&self, app: &App) -> Result<(), Refusal> {
        self.0.check(app)
    }
}
