//! Backups by `pg_basebackup`. Version 4.2 advised against them; nothing makes them any more, so there are none.

use pgo_api::{
    CreateBasebackupRequest, CreateBasebackupResponse, DeleteBasebackupRequest, DeleteBasebackupResponse,
    RestoreBasebackupRequest, RestoreBasebackupResponse, ShowBasebackupRequest, ShowBasebackupResponse,
};
use pgo_plan::valid::check_basebackup_options;

use super::App;
use super::questions::Questions;
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};

/// The name that stands for every backup.
const ALL: &str = "all";

/// Lists all of none.
pub(crate) async fn show(
    _: &App,
    _: &Caller,
    request: ShowBasebackupRequest,
) -> Outcome<ShowBasebackupResponse> {
    if request.name == ALL {
        return Ok(ShowBasebackupResponse::default());
    }
    Err(not_found(&request.name).into())
}

/// Finds nothing to remove.
pub(crate) async fn delete(
    _: &App,
    _: &Caller,
    request: DeleteBasebackupRequest,
) -> Outcome<DeleteBasebackupResponse> {
    if request.name == ALL {
        return Err(Refusal::asked("\"all\" is not allowed here: name one backup").into());
    }
    Err(not_found(&request.name).into())
}

/// Says what is wrong with the options, and points to the kind of backup that there is.
pub(crate) async fn create(
    app: &App,
    _: &Caller,
    request: CreateBasebackupRequest,
) -> Outcome<CreateBasebackupResponse> {
    let mut questions = Questions::new(app, &request.namespace);
    questions.unless_empty("BackupOpts", &request.backup_opts, check_basebackup_options);
    questions.answer()?;
    Err(Refusal::asked("backups by pg_basebackup are not made any more: use pgo backup").into())
}

/// Points to the kind of backup that there is.
pub(crate) async fn restore(
    _: &App,
    _: &Caller,
    _: RestoreBasebackupRequest,
) -> Outcome<RestoreBasebackupResponse> {
    Err(Refusal::asked("backups by pg_basebackup are not made any more: use pgo restore").into())
}

fn not_found(name: &str) -> Refusal {
    Refusal::Asked(format!(
        "pgbackups.crunchydata.com {name:?} not found: backups by pg_basebackup are not made any more"
    ))
}
