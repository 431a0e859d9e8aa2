//! `pgo create policy`

use pgo_api::{CreatePolicyRequest, VERSION};

use crate::args::CreatePolicyArgs;
use crate::commands::{Context, Format, demand, file};
use crate::failure::Failure;

pub(super) async fn run(args: &CreatePolicyArgs, context: &Context) -> Result<(), Failure> {
    if args.in_file.is_empty() && args.url.is_empty() {
        return Err(Failure::Usage(
            "--in-file or --url flags are required: they say where the SQL is".to_owned(),
        ));
    }
    let name = demand::first(&args.names, "policy")?;
    let format = Format::to_report(&args.output)?;
    let sql = if args.in_file.is_empty() {
        String::new()
    } else {
        file::read(&args.in_file)?
    };
    let request = CreatePolicyRequest {
        name: name.to_owned(),
        url: args.url.clone(),
        sql,
        namespace: context.namespace.clone(),
        client_version: VERSION.to_owned(),
    };
    context
        .exchange(&request, format, |_| "Created policy.\n".to_owned())
        .await?;
    Ok(())
}
