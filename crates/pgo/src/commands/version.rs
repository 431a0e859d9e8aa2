//! `pgo version`

use pgo_api::{VERSION, VersionRequest};

use crate::client::accepted;
use crate::commands::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let answer = context.client.ask(&VersionRequest {}).await?;
    context.printer.line(&format!("pgo client version {VERSION}"))?;
    let reply = accepted(answer)?;
    context
        .printer
        .line(&format!("pgo-apiserver version {}", reply.version))
}
