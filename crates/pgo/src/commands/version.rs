//! `pgo version`

use pgo_api::{VERSION, VersionRequest};

use crate::args::VersionArgs;
use crate::client::accepted;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &VersionArgs, context: &Context) -> Result<(), Failure> {
    let format = Format::to_report(&args.output)?;
    let answer = context.client.ask(&VersionRequest {}).await?;
    if let Some(document) = format.document(&answer)? {
        context.printer.write(&document)?;
        return accepted(answer).map(|_| ()).map_err(|_| Failure::Reported);
    }
    context.printer.line(&format!("pgo client version {VERSION}"))?;
    let reply = accepted(answer)?;
    context
        .printer
        .line(&format!("pgo-apiserver version {}", reply.version))
}
