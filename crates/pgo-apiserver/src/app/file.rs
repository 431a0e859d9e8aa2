//! Files of an instance.

use pgo_api::{CatRequest, LsRequest};
use pgo_plan::valid::check_path;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CatRequest {
    const COMMAND: &'static str = "pgo cat";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        check(app, &self.namespace, &self.args)
    }
}

impl Later for LsRequest {
    const COMMAND: &'static str = "pgo ls";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        check(app, &self.namespace, &self.args)
    }
}

/// The first word is a cluster, the others are paths.
fn check(app: &App, namespace: &str, args: &[String]) -> Result<(), Refusal> {
    let mut questions = Questions::new(app, namespace);
    let (cluster, paths) = args
        .split_first()
        .map_or(("", args), |(first, rest)| (first.as_str(), rest));
    questions.cluster(cluster);
    for path in paths {
        questions.about("path", check_path(path));
    }
    questions.answer()
}
