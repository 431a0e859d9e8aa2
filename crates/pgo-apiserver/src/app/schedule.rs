//! Schedules.

use pgo_api::{CreateScheduleRequest, DeleteScheduleRequest, ShowScheduleRequest};
use pgo_plan::cron::Schedule;
use pgo_plan::valid::{check_backup_options, check_database, check_object_name, check_storage_types};

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::refusal::Refusal;

impl Later for CreateScheduleRequest {
    const COMMAND: &'static str = "pgo create schedule";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        // Neither of them means every cluster.
        if self.cluster_name.is_empty() {
            questions.unless_selected(&self.selector);
        } else {
            questions.cluster(&self.cluster_name);
        }
        questions.about("--schedule", Schedule::parse(&self.schedule));
        questions.needed("--schedule-type", &self.schedule_type);
        questions.one_of("--schedule-type", &self.schedule_type, &["pgbackrest", "policy"]);
        let places = &self.backrest_storage_type;
        questions.unless_empty("--pgbackrest-storage-type", places, |it| {
            check_storage_types(it, 2)
        });
        questions.unless_empty("--secret", &self.secret, check_object_name);
        questions.unless_empty("--pvc-name", &self.pvc_name, check_object_name);
        self.check_purpose(&mut questions);
        questions.answer()
    }
}

trait Purpose {
    fn check_purpose(&self, questions: &mut Questions<'_>);
}

impl Purpose for CreateScheduleRequest {
    /// What is to be done decides which of the other fields mean something.
    fn check_purpose(&self, questions: &mut Questions<'_>) {
        if self.schedule_type == "pgbackrest" {
            questions.needed("--pgbackrest-backup-type", &self.pgbackrest_type);
            questions.one_of(
                "--pgbackrest-backup-type",
                &self.pgbackrest_type,
                &["full", "diff", "incr"],
            );
            questions.unless_empty("--schedule-opts", &self.schedule_options, check_backup_options);
        } else {
            questions.unless_empty("--schedule-opts", &self.schedule_options, |_| {
                Err::<(), _>("is for schedules of the type pgbackrest only".to_owned())
            });
        }
        if self.schedule_type == "policy" {
            questions.needed("--database", &self.database);
            questions.unless_empty("--database", &self.database, check_database);
            questions.policy("--policy", &self.policy_name);
        }
    }
}

impl Later for ShowScheduleRequest {
    const COMMAND: &'static str = "pgo show schedule";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        check_which(
            &mut questions,
            &self.schedule_name,
            &self.cluster_name,
            &self.selector,
        );
        questions.answer()
    }
}

impl Later for DeleteScheduleRequest {
    const COMMAND: &'static str = "pgo delete schedule";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        check_which(
            &mut questions,
            &self.schedule_name,
            &self.cluster_name,
            &self.selector,
        );
        questions.answer()
    }
}

/// A schedule by its name, else those of a cluster or of a selector.
fn check_which(questions: &mut Questions<'_>, schedule: &str, cluster: &str, selector: &str) {
    if !schedule.is_empty() {
        questions.about("--schedule-name", check_object_name(schedule));
    } else if cluster.is_empty() {
        questions.needed("--selector", selector);
        questions.unless_selected(selector);
    } else {
        questions.found_or_all(cluster, selector);
    }
}
