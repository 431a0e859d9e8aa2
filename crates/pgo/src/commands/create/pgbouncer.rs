//! `pgo create pgbouncer`

use pgo_api::{CreatePgbouncerRequest, VERSION};

use super::PGBOUNCER_USER;
use crate::args::CreatePgbouncerArgs;
use crate::client::accepted;
use crate::commands::{Context, Format, demand, lines};
use crate::failure::Failure;

/// The only command that prints results beside an error: clusters that had been dealt with before it.
pub(super) async fn run(args: &CreatePgbouncerArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters(&args.names, &args.selector)?;
    let format = Format::to_report(&args.output)?;
    let answer = context.client.ask(&request(args, &context.namespace)).await?;
    if let Some(document) = format.document(&answer)? {
        context.printer.write(&document)?;
        return accepted(answer).map(|_| ()).map_err(|_| Failure::Reported);
    }
    let results = lines(&answer.reply.results);
    match accepted(answer) {
        Ok(_) => context.printer.write(&results),
        Err(refusal) => {
            context.printer.error(&refusal);
            context.printer.write(&results)?;
            Err(Failure::Reported)
        }
    }
}

fn request(args: &CreatePgbouncerArgs, namespace: &str) -> CreatePgbouncerRequest {
    CreatePgbouncerRequest {
        args: args.names.clone(),
        selector: args.selector.clone(),
        namespace: namespace.to_owned(),
        pgbouncer_user: PGBOUNCER_USER.to_owned(),
        pgbouncer_pass: args.pgbouncer_pass.clone().into(),
        client_version: VERSION.to_owned(),
    }
}
