//! `pgo version`.

use pgo_api::{VERSION, VersionRequest, VersionResponse};

use super::App;
use crate::auth::Caller;
use crate::refusal::Outcome;

/// Says which version this is.
pub(crate) async fn show(_: &App, _: &Caller, _: VersionRequest) -> Outcome<VersionResponse> {
    Ok(VersionResponse {
        version: VERSION.to_owned(),
    })
}
