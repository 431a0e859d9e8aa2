//! `pgo restore`.

use pgo_api::RestoreRequest;
use pgo_plan::valid::{check_moment, check_object_name, check_restore_options, check_storage_types};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for RestoreRequest {
    const COMMAND: &'static str = "pgo restore";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.cluster(&self.from_cluster);
        questions.about("ToPVC", check_object_name(&self.to_pvc));
        questions.unless_empty("--backup-opts", &self.restore_opts, check_restore_options);
        questions.unless_empty("--pitr-target", &self.pitr_target, check_moment);
        questions.node_label(&self.node_label);
        let place = &self.backrest_storage_type;
        questions.unless_empty("--pgbackrest-storage-type", place, |it| {
            check_storage_types(it, 1)
        });
        questions.answer()
    }
}
