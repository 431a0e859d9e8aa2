//! `pgo create pgouser`

use pgo_api::{CreatePgouserRequest, VERSION};

use crate::args::CreatePgouserArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &CreatePgouserArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    context
        .exchange(&request, format, |_| "Created pgouser.\n".to_owned())
        .await?;
    Ok(())
}

fn request(args: &CreatePgouserArgs, namespace: &str) -> Result<CreatePgouserRequest, Failure> {
    let name = demand::first(&args.names, "pgouser")?;
    demand::flag(&args.pgouser_password, "--pgouser-password flag", "")?;
    demand::flag(&args.pgouser_roles, "--pgouser-roles flag", "")?;
    match (args.pgouser_namespaces.is_empty(), args.all_namespaces) {
        (true, false) => Err(Failure::Usage(
            "--pgouser-namespaces or --all-namespaces is required".to_owned(),
        )),
        (false, true) => Err(exclusive_namespaces()),
        _ => Ok(CreatePgouserRequest {
            pgouser_name: name.to_owned(),
            pgouser_password: args.pgouser_password.clone().into(),
            pgouser_roles: args.pgouser_roles.clone(),
            all_namespaces: args.all_namespaces,
            pgouser_namespaces: args.pgouser_namespaces.clone(),
            namespace: namespace.to_owned(),
            client_version: VERSION.to_owned(),
        }),
    }
}

/// Refuses two flags that contradict each other.
pub(in crate::commands) fn exclusive_namespaces() -> Failure {
    Failure::Usage("--pgouser-namespaces and --all-namespaces are mutually exclusive".to_owned())
}
