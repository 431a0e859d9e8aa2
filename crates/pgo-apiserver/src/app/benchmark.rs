//! Benchmarks.

use pgo_api::{CreateBenchmarkRequest, DeleteBenchmarkRequest, ShowBenchmarkRequest};
use pgo_plan::valid::{check_benchmark_options, check_database};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

/// More of anything is a mistake.
const MOST: i64 = 1_000_000_000;

impl Later for CreateBenchmarkRequest {
    const COMMAND: &'static str = "pgo benchmark";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.cluster_or_selected(&self.cluster_name, &self.selector);
        questions.unless_empty("--benchmark-opts", &self.benchmark_opts, check_benchmark_options);
        questions.unless_empty("--init-opts", &self.init_opts, check_benchmark_options);
        questions.unless_empty("--database", &self.database, check_database);
        for (flag, number) in [
            ("--clients", self.clients),
            ("--jobs", self.jobs),
            ("--scale", self.scale),
            ("--transactions", self.transactions),
        ] {
            questions.number(flag, number, 0..=MOST);
        }
        if !self.policy.is_empty() {
            questions.policy("--policy", &self.policy);
        }
        questions.answer()
    }
}

impl Later for DeleteBenchmarkRequest {
    const COMMAND: &'static str = "pgo delete benchmark";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.found_or_selected(&self.cluster_name, &self.selector);
        questions.answer()
    }
}

impl Later for ShowBenchmarkRequest {
    const COMMAND: &'static str = "pgo show benchmark";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.found_or_selected(&self.cluster_name, &self.selector);
        questions.answer()
    }
}
