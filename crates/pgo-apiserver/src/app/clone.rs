//! `pgo clone`.

use pgo_api::CloneRequest;
use pgo_plan::names::ClusterName;
use pgo_plan::valid::check_storage_types;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CloneRequest {
    const COMMAND: &'static str = "pgo clone";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.cluster(&self.source_cluster_name);
        let target = &self.target_cluster_name;
        questions.about("target", ClusterName::parse(target));
        if app.kube.caches.clusters.get(&self.namespace, target).is_some() {
            questions.about::<()>(
                "target",
                Err(format!("cluster {target:?} exists already: choose another name")),
            );
        }
        let place = &self.backrest_storage_source;
        questions.unless_empty("--pgbackrest-storage-source", place, |it| {
            check_storage_types(it, 1)
        });
        questions.answer()
    }
}
