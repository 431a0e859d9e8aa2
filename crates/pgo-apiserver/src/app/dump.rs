//! Logical backups by `pg_dump`.

use pgo_api::{CreateDumpRequest, RestoreDumpRequest, ShowDumpRequest};
use pgo_plan::valid::{check_dump_options, check_dump_restore_options, check_moment, check_object_name};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CreateDumpRequest {
    const COMMAND: &'static str = "pgo backup --backup-type=pgdump";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters(&self.args, &self.selector);
        questions.unless_empty("--pvc-name", &self.pvc_name, check_object_name);
        questions.storage_config(&self.storage_config);
        questions.unless_empty("--backup-opts", &self.backup_opts, check_dump_options);
        questions.answer()
    }
}

impl Later for ShowDumpRequest {
    const COMMAND: &'static str = "pgo show backup --backup-type=pgdump";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.found_or_all(&self.name, &self.selector);
        questions.answer()
    }
}

impl Later for RestoreDumpRequest {
    const COMMAND: &'static str = "pgo restore --backup-type=pgdump";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.cluster(&self.from_cluster);
        questions.claim("--backup-pvc", &self.from_pvc);
        questions.unless_empty("--backup-opts", &self.restore_opts, check_dump_restore_options);
        questions.unless_empty("--pitr-target", &self.pitr_target, check_moment);
        questions.node_label(&self.node_label);
        questions.answer()
    }
}
