//! `pgo update pgouser`

use pgo_api::{UpdatePgouserRequest, VERSION};

use crate::args::UpdatePgouserArgs;
use crate::commands::create::pgouser::exclusive_namespaces;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &UpdatePgouserArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    if is_nothing(args) {
        context.printer.remark(
            "nothing is changed: say what with --pgouser-password, --pgouser-roles, --pgouser-namespaces or \
             --all-namespaces",
        );
    }
    // With a blank at its end, as in version 4.2.
    context
        .exchange(&request, format, |_| "pgouser updated \n".to_owned())
        .await?;
    Ok(())
}

fn request(args: &UpdatePgouserArgs, namespace: &str) -> Result<UpdatePgouserRequest, Failure> {
    let name = demand::first(&args.names, "pgouser")?;
    if !args.pgouser_namespaces.is_empty() && args.all_namespaces {
        return Err(exclusive_namespaces());
    }
    Ok(UpdatePgouserRequest {
        name: String::new(),
        pgouser_roles: args.pgouser_roles.clone(),
        pgouser_namespaces: args.pgouser_namespaces.clone(),
        all_namespaces: args.all_namespaces,
        pgouser_password: args.pgouser_password.clone().into(),
        pgouser_name: name.to_owned(),
        namespace: namespace.to_owned(),
        client_version: VERSION.to_owned(),
    })
}

/// Whether no change was asked for, which version 4.2 sends all the same.
fn is_nothing(args: &UpdatePgouserArgs) -> bool {
    let given = [
        &args.pgouser_password,
        &args.pgouser_roles,
        &args.pgouser_namespaces,
    ];
    given.iter().all(|value| value.is_empty()) && !args.all_namespaces
}
