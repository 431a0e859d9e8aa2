//! Backups by pgBackRest.

use pgo_api::{CreateBackupRequest, ShowBackupRequest};
use pgo_plan::valid::{check_backup_options, check_storage_types};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CreateBackupRequest {
    const COMMAND: &'static str = "pgo backup";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.clusters(&self.args, &self.selector);
        questions.unless_empty("--backup-opts", &self.backup_opts, check_backup_options);
        let places = &self.backrest_storage_type;
        questions.unless_empty("--pgbackrest-storage-type", places, |it| {
            check_storage_types(it, 2)
        });
        questions.answer()
    }
}

impl Later for ShowBackupRequest {
    const COMMAND: &'static str = "pgo show backup";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.found_or_all(&self.name, &self.selector);
        questions.answer()
    }
}
