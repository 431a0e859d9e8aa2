//! Requests whose workflow does not exist yet.
//!
//! They are let in, checked in full and then refused in one sentence: nothing pretends. A route leaves this room when
//! its workflow moves in; [`REQUESTS`] can only become shorter, a test holds it.

use pgo_api::Call;

use super::App;
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};
use crate::router::Router;

/// A request that is understood and not carried out.
pub(crate) trait Later: Call {
    /// What was asked for, as the caller typed it.
    const COMMAND: &'static str;

    /// Says everything that is wrong with the request.
    fn check(&self, app: &App) -> Result<(), Refusal>;
}

/// Declares the table: the names of the requests, and their registration.
macro_rules! later {
    ($($request:ident)*) => {
        /// The names of the requests whose workflow does not exist yet.
        #[cfg(test)]
        pub(crate) const REQUESTS: &[&str] = &[$(stringify!($request)),*];

        /// What people type for them.
        #[cfg(test)]
        pub(crate) const COMMANDS: &[&str] = &[$(<pgo_api::$request as Later>::COMMAND),*];

        /// Registers them.
        pub(crate) fn register(router: Router) -> Router {
            router$(.call(refuse::<pgo_api::$request>))*
        }
    };
}

later! {
    CreateBackupRequest ShowBackupRequest RestoreRequest
    CreateDumpRequest ShowDumpRequest RestoreDumpRequest
    CreateBenchmarkRequest DeleteBenchmarkRequest ShowBenchmarkRequest
    CatRequest LsRequest
    CloneRequest
    DfRequest
    FailoverRequest
    LoadRequest
    CreatePgbouncerRequest DeletePgbouncerRequest PostDeletePgbouncerRequest
    ApplyPolicyRequest
    ReloadRequest
    CreateScheduleRequest DeleteScheduleRequest ShowScheduleRequest
    UpgradeRequest
    CreateUserRequest UpdateUserRequest DeleteUserRequest
}

async fn refuse<C: Later>(app: &App, _: &Caller, request: C) -> Outcome<C::Reply> {
    request.check(app)?;
    Err(Refusal::Asked(format!(
        "{} is not available yet: the request is in order, and nothing was done",
        C::COMMAND
    ))
    .into())
}
